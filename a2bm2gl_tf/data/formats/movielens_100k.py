"""MovieLens 100K as GroupLens distributes it, whole or one of its folds."""

from pathlib import Path

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.features.content import Categories
from a2bm2gl_tf.data.formats.ids import number_ids
from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, Interactions, RawData
from a2bm2gl_tf.data.formats.registry import Format, FormatOptions, register_format
from a2bm2gl_tf.data.reading.columns import Columns
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.data.reading.first_line import first_line
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.errors import UserError

FOLDS = ("u1", "u2", "u3", "u4", "u5", "ua", "ub")
_RATING_COLUMNS = ("user", "movie", "rating", "time")
_GENRES = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime"),
    *("Documentary", "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery"),
    *("Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
_ITEM_COLUMNS = ("movie", "title", "release", "video release", "url", *_GENRES)
# Titles such as "Misérables, Les (1995)" are not valid UTF-8 in the release.
_RATINGS = Dialect("\t", _RATING_COLUMNS, encoding="latin-1")
_ITEMS = Dialect("|", _ITEM_COLUMNS, encoding="latin-1")


def read_movielens_100k_files(folder: Path, fold: str | None = None) -> RawData:
    """Reads the ratings and `u.item`.

    Items are all of `u.item`, whose rows are movie 1, 2, 3, ...; users are those with a rating.
    Values are the ratings (1 to 5), times are seconds.

    Args:
      folder: the folder as distributed.
      fold: one of `FOLDS` reads `<fold>.base` as training and `<fold>.test` as test data; None
        reads `u.data`, which is not split.

    Returns:
      The data, with titles and content "genre" (19 labels, of the movies that have one).

    Raises:
      UserError: naming the file and row that is not as it should be.
    """
    if fold is not None and fold not in FOLDS:
        raise UserError(f"--fold={fold}: unknown; choose one of {', '.join(FOLDS)}")
    names = ("u.data",) if fold is None else (f"{fold}.base", f"{fold}.test")
    titles, genres = _read_items(folder / "u.item")
    tables = [_read_ratings(folder / name, len(titles)) for name in names]
    joined = {name: np.concatenate([table[name] for table in tables]) for name in _RATING_COLUMNS}
    users = number_ids(joined["user"])
    sizes = [table.records for table in tables]
    interactions = Interactions(
        user_ids=users.ids,
        item_ids=np.arange(1, len(titles) + 1),
        users=users.codes,
        items=(joined["movie"] - 1).astype(np.int32),
        values=joined["rating"],
        times=joined["time"],
        parts=None if fold is None else np.repeat(np.array([TRAIN, TEST], np.uint8), sizes),
    )
    return RawData(
        interactions,
        (genres,),
        dict(enumerate(titles, start=1)),
        (folder / "u.item", *(folder / name for name in names)),
        {"records": sum(sizes)},
    )


def _read_items(path: Path) -> tuple[list[str], Categories]:
    kinds = {"movie": "count", "title": "text", **dict.fromkeys(_GENRES, "count")}
    columns = read_columns(path, _ITEMS, kinds)
    due = np.arange(1, columns.records + 1)
    displaced = np.flatnonzero(columns["movie"] != due)
    if len(displaced):
        row = columns.row(int(displaced[0]))
        raise UserError(
            f"{path}: row {row}: movie id {columns['movie'][displaced[0]]} where "
            f"{displaced[0] + 1} is due; restore the missing or displaced row"
        )
    flags = np.stack([columns[genre] for genre in _GENRES], axis=1)
    strange = (flags > 1).any(axis=1)
    if strange.any():
        row = columns.row(int(strange.argmax()))
        raise UserError(f"{path}: row {row}: a genre flag is neither 0 nor 1; mend the row")
    kept = flags.any(axis=1)
    labels = tuple(f"genre={genre}" for genre in _GENRES)
    matrix = sp.csr_matrix(flags[kept].astype(np.float32))
    return list(columns["title"]), Categories("genre", due[kept], path, matrix, labels)


def _read_ratings(path: Path, num_items: int) -> Columns:
    kinds = {"user": "count", "movie": "count", "rating": "number", "time": "whole"}
    columns = read_columns(path, _RATINGS, kinds)
    zero = (columns["user"] == 0) | (columns["movie"] == 0)
    if zero.any():
        raise UserError(
            f"{path}: row {columns.row(int(zero.argmax()))}: ids start at 1; mend the row"
        )
    unknown = columns["movie"] > num_items
    if unknown.any():
        record = int(unknown.argmax())
        raise UserError(
            f"{path}: row {columns.row(record)}: movie {columns['movie'][record]} is not in "
            f"u.item, which ends at {num_items}; use files of the same release"
        )
    return columns


def _detect(path: Path) -> str | None:
    ratings = first_line(path / "u.data").split("\t")
    if len(ratings) == len(_RATING_COLUMNS) and all(field.isdecimal() for field in ratings):
        return "u.data holds four numbers a row, separated by tabs"
    return None


def _read(path: Path, options: FormatOptions) -> RawData:
    return read_movielens_100k_files(require_directory(path, "input"), options.fold)


register_format(
    Format(
        "movielens100k",
        "MovieLens 100K: u.data or a fold (--fold=u1 ... u5, ua, ub), genres and titles of u.item",
        _detect,
        _read,
        frozenset({"fold"}),
    )
)
