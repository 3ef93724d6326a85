"""LightGCN's layout: a user and its items a line, training and test data in a file each."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.formats.parts_of_pairs import join_parts
from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, RawData
from a2bm2gl_tf.data.formats.registry import Format, FormatOptions, register_format
from a2bm2gl_tf.data.reading.first_line import first_line
from a2bm2gl_tf.data.reading.item_lists import read_item_lists
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.errors import UserError

_FILES = {TRAIN: "train.txt", TEST: "test.txt"}


def _read(path: Path, options: FormatOptions) -> RawData:
    """Reads `train.txt` and `test.txt`: "user item item ..." a line, whole numbers from 0.

    A user may have no item in a file, and is a user all the same. Items are those that occur.
    """
    folder = require_directory(path, "input")
    lists = {part: read_item_lists(folder / name) for part, name in _FILES.items()}
    if not sum(len(found.items) for found in lists.values()):
        raise UserError(
            f"{folder / _FILES[TRAIN]}: no line holds an item behind its user, nor does one of "
            f"{_FILES[TEST]}; give lines of a user and its items"
        )
    interactions = join_parts(
        [(part, found.owners(), found.items) for part, found in lists.items()],
        more_users=np.concatenate([found.users for found in lists.values()]),
    )
    counts = {"records": len(interactions)} | {
        f"records of {_FILES[part]}": len(found.items) for part, found in lists.items()
    }
    return RawData(
        interactions, files=tuple(folder / name for name in _FILES.values()), counts=counts
    )


def _detect(path: Path) -> str | None:
    words = [first_line(path / name).split(" ") for name in _FILES.values()]
    if all(len(line) > 1 and all(word.isdecimal() for word in line if word) for line in words):
        return "train.txt and test.txt hold a user and its items a line"
    return None


register_format(
    Format(
        "lightgcn",
        "LightGCN: train.txt and test.txt, 'user item item ...' a line (Gowalla, Yelp, Amazon)",
        _detect,
        _read,
    )
)
