"""Raw files in the layout of MovieLens 100K: ratings, movies with genres, people.

- `u.data`, tab-separated: user id, item id, rating 1 to 5, Unix time; in random order.
- `u.item`, `|`-separated Latin-1: id, title, release date, video date, URL, 19 genre flags.
- `u.user`: id, age, gender, occupation, post code; `u.genre`, `u.occupation`, `u.info`.

Ids run from 1 without a gap.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.synthesis.interaction_sampling import draw_activity, sample_without_replacement
from a2bm2gl_tf.data.synthesis.item_coverage import cover_items
from a2bm2gl_tf.data.synthesis.planted_preferences import (
    NUM_GENRES,
    PlantedPreferences,
    draw_preferences,
)
from a2bm2gl_tf.data.synthesis.planted_titles import compose_titles
from a2bm2gl_tf.data.synthesis.raw_attributes import draw_times, standardised_affinity
from a2bm2gl_tf.data.synthesis.raw_request import Purpose, RawRequest
from a2bm2gl_tf.data.synthesis.raw_text import write_table

_FEWEST_RATINGS = 20
# Shares of the ratings 1 to 5 in MovieLens 100K, as its users gave them.
_RATING_SHARES = (0.061, 0.114, 0.271, 0.342, 0.212)
_RATING_NOISE = 0.8
_START, _END = 874_724_710, 893_286_639
# fmt: off
_GENRES = (
    "unknown", "Action", "Adventure", "Animation", "Children's", "Comedy",
    "Crime", "Documentary", "Drama", "Fantasy", "Film-Noir", "Horror",
    "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western",
)
# fmt: on
_OCCUPATIONS = ("artist", "doctor", "educator", "engineer", "lawyer", "librarian", "student")
_SECOND_GENRE_ABOVE = 1.0
_FIRST_YEAR, _LAST_YEAR = 1930, 1998


def write_movielens(request: RawRequest, folder: Path) -> dict[str, int]:
    """Writes the six files.

    Args:
      request: what to generate; every record is an interaction, so its `negative_share` is unused.
      folder: an empty folder.

    Returns:
      Counts of what was written, for the closing line.
    """
    size = request.size
    preferences = draw_preferences(size.users, size.items, request.stream(Purpose.PREFERENCES))
    _write_ratings(request, preferences, folder / "u.data")
    _write_movies(preferences, folder / "u.item", request.stream(Purpose.WORDS))
    _write_people(size.users, folder / "u.user", request.stream(Purpose.PEOPLE))
    _write_rows(folder / "u.genre", ((name, place) for place, name in enumerate(_GENRES)))
    _write_rows(folder / "u.occupation", ((name,) for name in _OCCUPATIONS))
    info = ((size.users, "users"), (size.items, "items"), (size.interactions, "ratings"))
    (folder / "u.info").write_text("".join(f"{n} {what}\n" for n, what in info), "ascii")
    return {"users": size.users, "items": size.items, "interactions": size.interactions}


def _write_ratings(request: RawRequest, preferences: PlantedPreferences, path: Path) -> None:
    size, rng = request.size, request.stream(Purpose.INTERACTIONS)
    largest = max(1, size.items // 2)
    counts = draw_activity(size.users, size.interactions, largest, rng, fewest=_FEWEST_RATINGS)
    users, items = sample_without_replacement(preferences.utility, counts, size.items, rng)
    items = cover_items(users, items, preferences, rng)
    rng = request.stream(Purpose.RECORDS)
    liking = standardised_affinity(users, items, preferences)
    liking = liking + _RATING_NOISE * rng.standard_normal(len(users))
    bounds = np.quantile(liking, np.cumsum(_RATING_SHARES)[:-1])
    ratings = 1 + np.searchsorted(bounds, liking)
    times = draw_times(users, size.users, _START, _END, rng).astype(np.int64)
    order = rng.permutation(len(users))

    def columns(rows: slice) -> list[np.ndarray]:
        own = order[rows]
        return [users[own] + 1, items[own] + 1, ratings[own], times[own]]

    write_table(path, len(users), columns)


def _write_movies(preferences: PlantedPreferences, path: Path, rng: np.random.Generator) -> None:
    """Movies of one or two genres: the planted one, and one that an own factor stands for."""
    ids = np.arange(1, len(preferences.genres) + 1)
    flags = np.zeros((len(ids), len(_GENRES)), np.int8)
    flags[ids - 1, 1 + preferences.genres] = 1
    others = preferences.own_factors[:, : len(_GENRES) - 1 - NUM_GENRES]
    rows = np.flatnonzero(others.max(axis=1) > _SECOND_GENRE_ABOVE)
    flags[rows, 1 + NUM_GENRES + others[rows].argmax(axis=1)] = 1
    years = rng.integers(_FIRST_YEAR, _LAST_YEAR + 1, size=len(ids))
    titles = compose_titles(preferences, ids)
    _write_rows(
        path,
        (
            (item, f"{title} ({year})", f"01-Jan-{year}", "", f"http://example.org/{item}", *own)
            for item, title, year, own in zip(ids, titles, years, flags.tolist(), strict=True)
        ),
    )


def _write_people(num_users: int, path: Path, rng: np.random.Generator) -> None:
    ages = rng.integers(15, 70, size=num_users)
    genders = np.where(rng.random(num_users) < 0.3, "F", "M")
    occupations = rng.choice(_OCCUPATIONS, size=num_users)
    codes = rng.integers(10_000, 100_000, size=num_users)
    _write_rows(
        path,
        zip(range(1, num_users + 1), ages, genders, occupations, codes, strict=True),
    )


def _write_rows(path: Path, rows: Iterable[tuple]) -> None:
    with path.open("w", encoding="latin-1") as file:
        file.writelines("|".join(map(str, row)) + "\n" for row in rows)
