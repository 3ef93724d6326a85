"""Folders that keep a file for each item, named by its id."""

import os
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from a2bm2gl_tf.errors import UserError


def files_of_items(
    folder: Path,
    item_ids: np.ndarray,
    endings: Sequence[str],
    left_out: np.ndarray | None = None,
) -> tuple[dict[int | str, Path], int]:
    """Finds the file of each item, those that the interactions lack included.

    A name is an id if the ids of the interactions are text, or it is a whole number as they are.
    Hidden files, and names with a dot where the bare id is looked for, are none.

    Args:
      folder: the folder.
      item_ids: (V,) ascending, int64 or object of str.
      endings: what a name may end in, in lower case, such as ".npy"; "" for the bare id.
      left_out: ids whose files are passed over; None for none.

    Returns:
      Id of an item, of the kind of `item_ids` -> file; first the items of `item_ids`, ascending,
      then the others, ascending. And the number of other files.

    Raises:
      UserError: if two files belong to the same item, or none to one of `item_ids`.
    """
    whole = item_ids.dtype == np.int64
    known = set(item_ids.tolist())
    passed_over = set() if left_out is None else set(left_out.tolist())
    files: dict[int | str, Path] = {}
    others = 0
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            item = _item(_stem(entry.name, endings), whole)
            doubtful = entry.name.startswith(".") or (item == entry.name and "." in entry.name)
            if item is None or item in passed_over or (doubtful and item not in known):
                others += 1
            elif item in files:
                raise UserError(
                    f"{entry.path}: {files[item].name} holds the same item; keep one of them"
                )
            else:
                files[item] = Path(entry.path)
    if known.isdisjoint(files):
        raise UserError(
            f"{folder}: no file is named after an item of the interactions, such as "
            f"{item_ids[0]}{endings[-1]}; use files of the same release or move the folder away"
        )
    order = sorted(files, key=lambda item: (item not in known, item))
    return {item: files[item] for item in order}, others


def _item(stem: str | None, whole: bool) -> int | str | None:
    """The id that a name stands for, or None if it is none."""
    if not whole or stem is None:
        return stem or None
    number = int(stem) if re.fullmatch("0|-?[1-9][0-9]{0,18}", stem) else None
    return number if number is not None and -(2**63) <= number < 2**63 else None


def _stem(name: str, endings: Sequence[str]) -> str | None:
    for ending in endings:
        if ending and name.lower().endswith(ending):
            return name[: -len(ending)]
    return name if "" in endings else None
