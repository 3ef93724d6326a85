"""Raw files in the layout of Kwai's user interest data: clicks, words, and one array file a photo.

- `train_interaction.txt`, tab-separated: user_id photo_id click like follow time playing_time
  duration_time; times in milliseconds; in order of time.
- `train_text.txt`, tab-separated: photo_id and word ids joined by commas, "0" where there are none.
- `final_visual_train/<photo_id>`: npy, float32 (1, 2048).
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.data.synthesis.interaction_sampling import draw_activity, sample_without_replacement
from a2bm2gl_tf.data.synthesis.item_coverage import cover_items, draw_other_pairs
from a2bm2gl_tf.data.synthesis.planted_features import PlantedView
from a2bm2gl_tf.data.synthesis.planted_preferences import PlantedPreferences, draw_preferences
from a2bm2gl_tf.data.synthesis.planted_words import draw_words
from a2bm2gl_tf.data.synthesis.raw_attributes import (
    draw_ids,
    draw_times,
    happens,
    standardised_affinity,
)
from a2bm2gl_tf.data.synthesis.raw_request import Purpose, RawRequest
from a2bm2gl_tf.data.synthesis.raw_text import (
    joined,
    joined_lists,
    numbers,
    write_lines,
    write_table,
)

_DAYS = 30
_SECONDS_A_DAY = 86_400
_VISUAL_WIDTH = 2048
_SEEN = slice(0, 8)
_BLOCK = 1024
_LIKE_RATE, _FOLLOW_RATE = 0.01, 0.002
_MEDIAN_DURATION = 15_000
_DURATION_SPREAD = 0.6


def write_kwai(request: RawRequest, folder: Path) -> dict[str, int]:
    """Writes the three kinds of files.

    Args:
      request: what to generate.
      folder: an empty folder.

    Returns:
      Counts of what was written, for the closing line.
    """
    size = request.size
    preferences = draw_preferences(size.users, size.items, request.stream(Purpose.PREFERENCES))
    ids = request.stream(Purpose.IDS)
    user_ids, photo_ids = draw_ids(size.users, ids), draw_ids(size.items, ids)
    _write_interactions(request, preferences, user_ids, photo_ids, folder)
    _write_words(request, preferences, photo_ids, folder / "train_text.txt")
    if request.visual:
        _write_visual(request, preferences, photo_ids, folder / "final_visual_train")
    return {
        "users": size.users,
        "items": size.items,
        "interactions": size.interactions,
        "other records": request.num_negatives,
        "visual files": size.items if request.visual else 0,
    }


def _draw_clicks(
    request: RawRequest, preferences: PlantedPreferences
) -> tuple[np.ndarray, np.ndarray]:
    """The clicks, then the other records; int32 rows and columns."""
    size, rng = request.size, request.stream(Purpose.INTERACTIONS)
    largest = max(1, size.items // 2)
    counts = draw_activity(size.users, size.interactions, largest, rng)
    users, items = sample_without_replacement(preferences.utility, counts, size.items, rng)
    items = cover_items(users, items, preferences, rng)
    others = draw_other_pairs(users, items, request.num_negatives, preferences, rng)
    return tuple(
        np.concatenate([one, other]).astype(np.int32)
        for one, other in zip((users, items), others, strict=True)
    )


def _write_interactions(
    request: RawRequest,
    preferences: PlantedPreferences,
    user_ids: np.ndarray,
    photo_ids: np.ndarray,
    folder: Path,
) -> None:
    users, items = _draw_clicks(request, preferences)
    rng = request.stream(Purpose.RECORDS)
    clicks = np.arange(len(users)) < request.size.interactions
    affinity = standardised_affinity(users, items, preferences)
    durations = np.exp(_DURATION_SPREAD * rng.standard_normal(request.size.items))
    durations = np.round(_MEDIAN_DURATION * durations).astype(np.int64)
    times = draw_times(users, request.size.users, 0, _DAYS * _SECONDS_A_DAY, rng)
    times = np.round(1000 * times).astype(np.int64)
    likes = clicks & happens(_LIKE_RATE, affinity, rng)
    follows = clicks & happens(_FOLLOW_RATE, affinity, rng)
    # A click is watched to a share of the duration that grows with affinity.
    watched = 1 / (1 + np.exp(-affinity - rng.standard_normal(len(users), dtype=np.float32)))
    watched *= clicks
    order = np.argsort(times, kind="stable")

    def columns(rows: slice) -> list[np.ndarray]:
        own = order[rows]
        duration = durations[items[own]]
        return [
            user_ids[users[own]],
            photo_ids[items[own]],
            clicks[own].astype(np.int8),
            likes[own].astype(np.int8),
            follows[own].astype(np.int8),
            times[own],
            np.round(watched[own] * duration).astype(np.int64),
            duration,
        ]

    write_table(folder / "train_interaction.txt", len(users), columns)


def _write_words(
    request: RawRequest, preferences: PlantedPreferences, photo_ids: np.ndarray, path: Path
) -> None:
    rng = request.stream(Purpose.WORDS)
    words = draw_words(preferences, rng)
    texts = joined_lists(numbers(words.words), words.offsets, ",")
    texts = pc.if_else(pc.equal(texts, ""), "0", texts)
    order = rng.permutation(len(photo_ids))

    def lines(rows: slice) -> pa.Array:
        own = order[rows]
        return joined([numbers(photo_ids[own]), texts.take(pa.array(own))], "\t")

    write_lines(path, len(photo_ids), lines, 2**14)


def _write_visual(
    request: RawRequest, preferences: PlantedPreferences, photo_ids: np.ndarray, folder: Path
) -> None:
    folder.mkdir()
    rng = request.stream(Purpose.VISUAL)
    view = PlantedView(_VISUAL_WIDTH, _SEEN, True, rng)
    with progress_bar(len(photo_ids), "file", folder.name) as bar:
        for start in range(0, len(photo_ids), _BLOCK):
            own = slice(start, start + _BLOCK)
            rows = view.rows(preferences.factors[own], rng).astype(np.float32)
            for photo, row in zip(photo_ids[own], rows, strict=True):
                with (folder / str(photo)).open("wb") as file:
                    np.save(file, row[None])
            bar.update(len(rows))
