"""Raw files in the layout of TikTok's ICME 2019 challenge: who finished which video, and content.

`final_track2_train.txt` has the tab-separated columns uid user_city item_id author_id item_city
channel finish like music_id did creat_time video_duration, -1 where unknown. See
`raw_tiktok_content` for the other files. Most items are finished once; the degrees come first and
taste second (`fixed_degree_matching`).
"""

import dataclasses
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.synthesis.fixed_degree_matching import draw_item_degrees, match_by_taste
from a2bm2gl_tf.data.synthesis.interaction_sampling import draw_activity
from a2bm2gl_tf.data.synthesis.item_coverage import draw_other_pairs
from a2bm2gl_tf.data.synthesis.planted_preferences import PlantedPreferences, draw_preferences
from a2bm2gl_tf.data.synthesis.raw_attributes import (
    draw_groups,
    draw_ids,
    happens,
    standardised_affinity,
)
from a2bm2gl_tf.data.synthesis.raw_request import Purpose, RawRequest
from a2bm2gl_tf.data.synthesis.raw_text import write_table
from a2bm2gl_tf.data.synthesis.raw_tiktok_content import write_content

_NUM_CITIES = 400
_CITY_SPREAD = 80
_NUM_CHANNELS = 5
_UNKNOWN_SHARE = 0.05
_LIKE_RATE = 0.01
_ITEMS_AN_AUTHOR, _ITEMS_A_SONG = 4, 8
_START, _DAYS, _SECONDS_A_DAY = 1_546_300_800, 60, 86_400
_MEDIAN_DURATION, _DURATION_SPREAD = 12, 0.5


@dataclasses.dataclass(frozen=True)
class _People:
    """Columns of users, int64 (U,): their ids, cities and devices."""

    ids: np.ndarray
    cities: np.ndarray
    devices: np.ndarray


@dataclasses.dataclass(frozen=True)
class _Videos:
    """Columns of items, int64 (V,), as in the file."""

    ids: np.ndarray
    authors: np.ndarray
    cities: np.ndarray
    channels: np.ndarray
    music: np.ndarray
    created: np.ndarray
    durations: np.ndarray


def write_tiktok(request: RawRequest, folder: Path) -> dict[str, int]:
    """Writes the interactions and the four files of content.

    Authors and music gather alike items and a channel most items of a few genres, so each says
    something of taste; cities and devices say nothing.

    Args:
      request: what to generate.
      folder: an empty folder.

    Returns:
      Counts of what was written, for the closing line.

    Raises:
      ValueError: if the size is too dense to be matched.
    """
    size = request.size
    preferences = draw_preferences(size.users, size.items, request.stream(Purpose.PREFERENCES))
    ids = request.stream(Purpose.IDS)
    user_ids, item_ids = draw_ids(size.users, ids), draw_ids(size.items, ids)
    people = _draw_people(user_ids, request.stream(Purpose.PEOPLE))
    videos = _draw_videos(item_ids, preferences, request.stream(Purpose.PEOPLE))
    _write_interactions(request, preferences, people, videos, folder / "final_track2_train.txt")
    write_content(request, preferences, item_ids, folder)
    return {
        "users": size.users,
        "items": size.items,
        "interactions": size.interactions,
        "other records": request.num_negatives,
    }


def _draw_cities(count: int, rng: np.random.Generator) -> np.ndarray:
    cities = rng.geometric(1 / _CITY_SPREAD, size=count) % _NUM_CITIES
    return np.where(rng.random(count) < _UNKNOWN_SHARE, -1, cities)


def _draw_people(user_ids: np.ndarray, rng: np.random.Generator) -> _People:
    return _People(user_ids, _draw_cities(len(user_ids), rng), draw_ids(len(user_ids), rng))


def _draw_videos(
    item_ids: np.ndarray, preferences: PlantedPreferences, rng: np.random.Generator
) -> _Videos:
    count = len(item_ids)
    num_authors, num_songs = (max(1, count // n) for n in (_ITEMS_AN_AUTHOR, _ITEMS_A_SONG))
    authors = draw_ids(num_authors, rng)[draw_groups(preferences, num_authors, rng)]
    music = draw_ids(num_songs, rng)[draw_groups(preferences, num_songs, rng)]
    channels = preferences.genres % _NUM_CHANNELS
    strays = rng.random(count) < 2 * _UNKNOWN_SHARE
    durations = np.exp(_DURATION_SPREAD * rng.standard_normal(count))
    return _Videos(
        ids=item_ids,
        authors=authors,
        cities=_draw_cities(count, rng),
        channels=np.where(strays, rng.integers(_NUM_CHANNELS, size=count), channels),
        music=np.where(rng.random(count) < _UNKNOWN_SHARE, -1, music),
        created=_START + rng.integers(_DAYS * _SECONDS_A_DAY, size=count),
        durations=np.maximum(1, np.round(_MEDIAN_DURATION * durations)).astype(np.int64),
    )


def _draw_finished(
    request: RawRequest, preferences: PlantedPreferences
) -> tuple[np.ndarray, np.ndarray]:
    size, rng = request.size, request.stream(Purpose.INTERACTIONS)
    popularity = np.exp(preferences.log_popularity)
    user_degrees = draw_activity(size.users, size.interactions, max(1, size.items // 2), rng)
    largest = max(1, size.users // 2)
    item_degrees = draw_item_degrees(size.interactions, popularity, largest, rng)
    return match_by_taste(user_degrees, item_degrees, preferences, rng)


def _write_interactions(
    request: RawRequest,
    preferences: PlantedPreferences,
    people: _People,
    videos: _Videos,
    path: Path,
) -> None:
    users, items = _draw_finished(request, preferences)
    rng = request.stream(Purpose.RECORDS)
    others = draw_other_pairs(users, items, request.num_negatives, preferences, rng)
    finished = np.arange(len(users) + request.num_negatives) < len(users)
    users, items = np.concatenate([users, others[0]]), np.concatenate([items, others[1]])
    affinity = standardised_affinity(users, items, preferences)
    likes = happens(_LIKE_RATE, affinity, rng) & finished
    order = rng.permutation(len(users))

    def columns(rows: slice) -> list[np.ndarray]:
        own = order[rows]
        user, item = users[own], items[own]
        return [
            people.ids[user],
            people.cities[user],
            videos.ids[item],
            videos.authors[item],
            videos.cities[item],
            videos.channels[item],
            finished[own].astype(np.int8),
            likes[own].astype(np.int8),
            videos.music[item],
            people.devices[user],
            videos.created[item],
            videos.durations[item],
        ]

    write_table(path, len(users), columns)
