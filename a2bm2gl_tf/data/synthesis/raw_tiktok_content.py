"""What TikTok's ICME 2019 challenge gives of the videos, as JSON lines keyed by item_id.

- `track2_video_features.txt`: video_feature_dim_128, 128 numbers.
- `track2_audio_features.txt`: audio_feature_128_dim, 128 numbers.
- `track2_title.txt`: title_features, {word id: count}, empty where there is no title.
- `track2_face_attrs.txt`: face_attrs, a list of {gender, beauty, relative_position}, empty where no
  face was found.

Lines are in an order of their own. Items that lack a vector have no line.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa

from a2bm2gl_tf.data.synthesis.planted_features import PlantedView, draw_presence
from a2bm2gl_tf.data.synthesis.planted_preferences import PlantedPreferences
from a2bm2gl_tf.data.synthesis.planted_words import count_words, draw_words
from a2bm2gl_tf.data.synthesis.raw_request import Purpose, RawRequest
from a2bm2gl_tf.data.synthesis.raw_text import (
    joined,
    joined_lists,
    numbers,
    vectors,
    write_lines,
)

_WIDTH = 128
_DECIMALS = 4
_BLOCK = 4096
_MEAN_FACES, _MOST_FACES = 0.8, 5


def write_content(
    request: RawRequest, preferences: PlantedPreferences, item_ids: np.ndarray, folder: Path
) -> None:
    """Writes the four files.

    Args:
      request: gives the streams of random numbers.
      preferences: of V items.
      item_ids: int64 (V,).
      folder: where the files go.
    """
    for name, key, purpose, seen, nonlinear in (
        ("video", "video_feature_dim_128", Purpose.VISUAL, slice(0, 6), True),
        ("audio", "audio_feature_128_dim", Purpose.AUDIO, slice(4, 9), False),
    ):
        rng = request.stream(purpose)
        view = PlantedView(_WIDTH, seen, nonlinear, rng)
        path = folder / f"track2_{name}_features.txt"
        _write_vectors(view, key, preferences.factors, item_ids, path, rng)
    _write_titles(preferences, item_ids, folder, request.stream(Purpose.WORDS))
    _write_faces(preferences, item_ids, folder, request.stream(Purpose.FACES))


def _write_vectors(
    view: PlantedView,
    key: str,
    factors: np.ndarray,
    item_ids: np.ndarray,
    path: Path,
    rng: np.random.Generator,
) -> None:
    present = np.flatnonzero(draw_presence(len(item_ids), rng))
    order = rng.permutation(present)

    def lines(rows: slice) -> pa.Array:
        own = order[rows]
        features = vectors(view.rows(factors[own], rng), _DECIMALS)
        return _objects(item_ids[own], key, features)

    write_lines(path, len(order), lines, _BLOCK)


def _objects(item_ids: np.ndarray, key: str, values: pa.Array) -> pa.Array:
    return joined(['{"item_id": ', numbers(item_ids), f', "{key}": ', values, "}"])


def _write_titles(
    preferences: PlantedPreferences, item_ids: np.ndarray, folder: Path, rng: np.random.Generator
) -> None:
    words, counts = count_words(draw_words(preferences, rng))
    entries = joined(['"', numbers(words.words), '": ', numbers(counts)])
    texts = joined(["{", joined_lists(entries, words.offsets, ", "), "}"])
    _write_shuffled(folder / "track2_title.txt", item_ids, "title_features", texts, rng)


def _write_faces(
    preferences: PlantedPreferences, item_ids: np.ndarray, folder: Path, rng: np.random.Generator
) -> None:
    """Faces: how many, of which gender and how beautiful follow three of the items' factors."""
    factors = preferences.factors
    counts = np.minimum(rng.poisson(_MEAN_FACES * np.exp(factors[:, 9] / 2)), _MOST_FACES)
    owners = np.repeat(np.arange(len(counts)), counts)
    gender = rng.random(len(owners)) < _logistic(factors[owners, 10])
    beauty = _logistic(factors[owners, 11] / 2 + rng.standard_normal(len(owners)) / 2)
    sides = rng.uniform(0.1, 0.4, size=(len(owners), 2))
    corners = rng.random((len(owners), 2)) * (1 - sides)
    faces = joined(
        [
            '{"gender": ',
            numbers(gender.astype(np.int8)),
            ', "beauty": ',
            numbers(beauty, 2),
            ', "relative_position": ',
            vectors(np.concatenate([corners, sides], axis=1), _DECIMALS),
            "}",
        ]
    )
    offsets = np.concatenate([[0], np.cumsum(counts)])
    texts = joined(["[", joined_lists(faces, offsets, ", "), "]"])
    _write_shuffled(folder / "track2_face_attrs.txt", item_ids, "face_attrs", texts, rng)


def _write_shuffled(
    path: Path, item_ids: np.ndarray, key: str, texts: pa.Array, rng: np.random.Generator
) -> None:
    order = rng.permutation(len(item_ids))

    def lines(rows: slice) -> pa.Array:
        own = order[rows]
        return _objects(item_ids[own], key, texts.take(pa.array(own)))

    write_lines(path, len(order), lines, _BLOCK)


def _logistic(values: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-values))
