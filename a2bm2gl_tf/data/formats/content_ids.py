"""Item ids of a content's file, brought into the kind that the interactions have."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.formats.id_checks import check_written
from a2bm2gl_tf.data.formats.ids import as_text, first_repeat
from a2bm2gl_tf.errors import UserError


def like_catalogue(
    ids: np.ndarray, catalogue: np.ndarray, source: Path, row: Callable[[int], int]
) -> np.ndarray:
    """Checks the ids of a file's entries.

    Args:
      ids: (n,) whole numbers or text, as the file has them.
      catalogue: (V,) item ids of the interactions, int64 or object of str.
      source: the file, for messages.
      row: gives the row of entry i, for messages.

    Returns:
      The ids, int64 or object of str as those of the catalogue; not all need to be in it.

    Raises:
      UserError: naming the row of an id that is there twice, cannot be one of the catalogue's, or
        is written as `id_checks.check_written` refuses.
    """
    if ids.ndim != 1 or ids.dtype.kind not in "iuUO":
        raise UserError(
            f"{source}: holds ids as {ids.dtype} of shape {ids.shape}; "
            "give whole numbers or texts, one an item"
        )
    if catalogue.dtype == np.int64:
        ids = _numbers(ids, source, row)
    elif ids.dtype.kind != "O":
        ids = as_text(ids)
    check_written(source, "of ids", ids, row)
    again = first_repeat(ids)
    if again is not None:
        raise UserError(
            f"{source}: row {row(again)}: item {ids[again]} was in an earlier row; keep one of them"
        )
    return ids


def _numbers(ids: np.ndarray, source: Path, row: Callable[[int], int]) -> np.ndarray:
    if ids.dtype.kind == "u" and len(ids) and ids.max() > np.iinfo(np.int64).max:
        raise UserError(
            f"{source}: row {row(int(ids.argmax()))}: the id is beyond 64 bits; mend it"
        )
    if ids.dtype.kind in "iu":
        return ids.astype(np.int64)
    numbers = np.empty(len(ids), np.int64)
    for position, value in enumerate(ids.tolist()):
        try:
            numbers[position] = int(value)
        except (ValueError, OverflowError):
            numbers[position] = 0
        if str(numbers[position]) != value:
            raise UserError(
                f"{source}: row {row(position)}: item {value[:40]!r} is no whole number as the "
                "items of the interactions are; use the same ids in both"
            )
    return numbers
