"""MovieLens 1M as GroupLens distributes it; 10M has the same layout."""

from pathlib import Path

from a2bm2gl_tf.data.features.label_categories import label_categories
from a2bm2gl_tf.data.formats.ids import require_distinct, unite_ids
from a2bm2gl_tf.data.formats.raw import Interactions, RawData
from a2bm2gl_tf.data.formats.registry import Format, FormatOptions, register_format
from a2bm2gl_tf.data.reading.columns import Columns
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.data.reading.first_line import first_line
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.errors import UserError

_RATINGS = Dialect("::", ("user", "movie", "rating", "time"))
_NO_GENRE = "(no genres listed)"


def _read(path: Path, options: FormatOptions) -> RawData:
    """Reads `ratings.dat` and `movies.dat`; items are all of `movies.dat`.

    Values are the ratings (1M: 1 to 5; 10M: half stars too), times are seconds. Content "genre" has
    a label for every genre that a movie has.
    """
    folder = require_directory(path, "input")
    movies_file, ratings_file = folder / "movies.dat", folder / "ratings.dat"
    movies = read_columns(
        movies_file,
        Dialect("::", ("movie", "title", "genres"), encoding=_encoding(movies_file)),
        {"movie": "id", "title": "text", "genres": "text"},
    )
    movie_ids = require_distinct(movies_file, "movie", movies)
    ratings = read_columns(
        ratings_file,
        _RATINGS,
        {"user": "id", "movie": "id", "rating": "number", "time": "whole"},
    )
    item_ids, (_, items) = unite_ids([movies["movie"], ratings["movie"]])
    if len(item_ids) > len(movie_ids):
        _refuse_unknown_movie(ratings_file, ratings, set(movie_ids))
    genres = [
        [genre for genre in text.split("|") if genre and genre != _NO_GENRE]
        for text in movies["genres"]
    ]
    interactions = Interactions(
        user_ids=ratings["user"].ids,
        item_ids=item_ids,
        users=ratings["user"].codes,
        items=items,
        values=ratings["rating"],
        times=ratings["time"],
    )
    return RawData(
        interactions,
        (label_categories("genre", movie_ids, genres, movies_file),),
        dict(zip(movie_ids.tolist(), movies["title"], strict=True)),
        (movies_file, ratings_file),
        {"records": ratings.records},
    )


def _encoding(path: Path) -> str:
    """1M is Latin-1, later releases and many copies are UTF-8."""
    try:
        path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return "latin-1"
    return "utf-8"


def _refuse_unknown_movie(path: Path, ratings: Columns, known: set) -> None:
    for record, movie in enumerate(ratings["movie"].values()):
        if movie not in known:
            raise UserError(
                f"{path}: row {ratings.row(record)}: movie {movie} is not in movies.dat; "
                "use files of the same release"
            )


def _detect(path: Path) -> str | None:
    fields = first_line(path / "ratings.dat").split("::")
    if len(fields) == 4 and all(fields) and (path / "movies.dat").is_file():
        return "ratings.dat holds four values a row, separated by ::"
    return None


register_format(
    Format(
        "movielens1m",
        'MovieLens 1M or 10M: ratings.dat and movies.dat, separated by "::"',
        _detect,
        _read,
    )
)
