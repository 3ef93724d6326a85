"""Folders that keep a file for each item, named by its id."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from a2bm2gl_tf.errors import UserError


def files_of_items(
    folder: Path, item_ids: np.ndarray, endings: Sequence[str]
) -> tuple[dict[int, Path], int]:
    """Finds the files of some items.

    Args:
      folder: the folder.
      item_ids: (V,) ascending.
      endings: what a name may end in, in lower case, such as ".npy"; "" for the bare id.

    Returns:
      Position in `item_ids` -> file, by ascending position, and the number of other files.

    Raises:
      UserError: if two files belong to the same item, or none to any.
    """
    known = {str(item): position for position, item in enumerate(item_ids.tolist())}
    files: dict[int, Path] = {}
    others = 0
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            position = known.get(_stem(entry.name, endings))
            if position is None:
                others += 1
            elif position in files:
                raise UserError(
                    f"{entry.path}: {files[position].name} holds the same item; keep one of them"
                )
            else:
                files[position] = Path(entry.path)
    if not files:
        raise UserError(
            f"{folder}: no file is named after an item of the interactions, such as "
            f"{item_ids[0]}{endings[-1]}; use files of the same release or move the folder away"
        )
    return dict(sorted(files.items())), others


def _stem(name: str, endings: Sequence[str]) -> str | None:
    for ending in endings:
        if ending and name.lower().endswith(ending):
            return name[: -len(ending)]
    return name if "" in endings else None
