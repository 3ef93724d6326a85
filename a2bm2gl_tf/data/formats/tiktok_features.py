"""The JSON lines of TikTok's ICME'19 release: vectors, title words and faces of items."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from a2bm2gl_tf.data.features.content import Content, Vectors, WordCounts
from a2bm2gl_tf.data.features.row_buffer import RowBuffer
from a2bm2gl_tf.data.features.word_counts import pair_word_counts
from a2bm2gl_tf.data.reading.first_line import first_line
from a2bm2gl_tf.data.reading.json_lines import iterate_json_lines
from a2bm2gl_tf.errors import UserError

_ID = "item_id"
_LARGEST = 2**63


def find_features(folder: Path) -> dict[str, Path]:
    """The feature files of a folder, told by the keys of their first line.

    Args:
      folder: the folder.

    Returns:
      Key, such as "video_feature_dim_128" -> file, in the order of `_READERS`.

    Raises:
      UserError: if two files have the same key.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        start = first_line(path) if path.suffix in (".txt", ".json", ".jsonl") else ""
        for key in _READERS:
            if start.startswith("{") and f'"{key}"' in start[:4096]:
                if key in found:
                    raise UserError(f"{path}: {found[key].name} holds {key} too; keep one of them")
                found[key] = path
    return {key: found[key] for key in _READERS if key in found}


def read_features(key: str, path: Path) -> Content:
    """Reads a file of `find_features`; an item whose value is empty lacks the modality.

    Returns:
      "visual" and "acoustic" as `Vectors`, "title" as `WordCounts`, "face" as `Vectors` of four
      numbers: how many faces, the largest one's share of the picture, the mean beauty and the share
      of faces of gender 1.

    Raises:
      UserError: naming the file and row that is not as it should be.
    """
    name, read = _READERS[key]
    return read(name, key, path)


def _entries(key: str, path: Path) -> Iterator[tuple[int, int, Any]]:
    """(row, item id, value) of every line; ids are distinct."""
    rows: dict[int, int] = {}
    for row, entry in iterate_json_lines(path):
        item = entry.get(_ID)
        if type(item) is not int or not 0 <= item < _LARGEST:
            raise UserError(
                f"{path}: row {row}: {_ID} is {str(item)[:40]!r}; give a whole number of 0 or more"
            )
        if item in rows:
            raise UserError(
                f"{path}: row {row}: item {item} was in row {rows[item]}; keep one of them"
            )
        if key not in entry:
            raise UserError(f"{path}: row {row}: {key} is missing; mend or remove the line")
        rows[item] = row
        yield row, item, entry[key]


def _read_vectors(name: str, key: str, path: Path) -> Vectors:
    items, rows = [], RowBuffer()
    for row, item, value in _entries(key, path):
        if value == []:
            continue
        vector = _vector(value)
        if vector is None:
            raise UserError(
                f"{path}: row {row}: {key} is no list of finite numbers; mend or remove the line"
            )
        if rows.width not in (None, len(vector)):
            raise UserError(
                f"{path}: row {row}: {key} has {len(vector)} numbers where {rows.width} are due; "
                "mend or remove the line"
            )
        items.append(item)
        rows.append(vector)
    if not items:
        raise UserError(f"{path}: no item has {key}; leave the file out")
    return Vectors(name, np.array(items, np.int64), path, rows.finish())


def _vector(value: Any) -> np.ndarray | None:
    # NumPy would take a list of texts or of truth values for numbers.
    if not isinstance(value, list) or not set(map(type, value)) <= {float, int}:
        return None
    with np.errstate(over="ignore"):
        try:
            vector = np.array(value, np.float64).astype(np.float32)
        except OverflowError:
            return None
    return vector if np.isfinite(vector).all() else None


def _read_words(name: str, key: str, path: Path) -> WordCounts:
    items, words, counts = [], [], []
    for row, item, value in _entries(key, path):
        # An empty list stands for no title, as it does for no vector.
        value = {} if value == [] else value
        if not isinstance(value, dict) or not all(
            word.isdecimal() and len(word) < 19 and type(count) is int and 0 < count < 2**24
            for word, count in value.items()
        ):
            raise UserError(
                f"{path}: row {row}: {key} is no object of word numbers and counts, such as "
                '{"17": 2}; mend or remove the line'
            )
        items.extend([item] * len(value))
        words.extend(map(int, value))
        counts.extend(value.values())
    if not items:
        raise UserError(f"{path}: no item has a word; leave the file out")
    return pair_word_counts(
        name, np.array(items, np.int64), np.array(words, np.int64), path, np.array(counts)
    )


def _read_faces(name: str, key: str, path: Path) -> Vectors:
    items, rows = [], []
    for row, item, value in _entries(key, path):
        if value == []:
            continue
        try:
            rows.append(_face_numbers(value))
        except (TypeError, KeyError, ValueError, IndexError, AttributeError) as error:
            raise UserError(
                f"{path}: row {row}: {key} is no list of faces with gender, beauty and "
                "relative_position; mend or remove the line"
            ) from error
        items.append(item)
    if not items:
        raise UserError(f"{path}: no item has a face; leave the file out")
    return Vectors(name, np.array(items, np.int64), path, np.array(rows, np.float32))


def _face_numbers(faces: list) -> tuple[float, ...]:
    areas = [float(face["relative_position"][2]) * face["relative_position"][3] for face in faces]
    beauty = [float(face["beauty"]) for face in faces]
    gender = [float(face["gender"] == 1) for face in faces]
    numbers = (len(faces), max(areas), sum(beauty) / len(faces), sum(gender) / len(faces))
    if not np.isfinite(np.array(numbers, np.float32)).all():
        raise ValueError("a number is not finite")
    return numbers


_READERS: dict[str, tuple[str, Callable[[str, str, Path], Content]]] = {
    "video_feature_dim_128": ("visual", _read_vectors),
    "audio_feature_128_dim": ("acoustic", _read_vectors),
    "title_features": ("title", _read_words),
    "face_attrs": ("face", _read_faces),
}
