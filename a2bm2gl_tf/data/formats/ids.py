"""Ids of one dataset that stand in several files, brought into one order."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.reading.columns import Columns, IdColumn
from a2bm2gl_tf.errors import UserError


def number_ids(values: np.ndarray) -> IdColumn:
    """Numbers the values of a column.

    Args:
      values: int64 or object of str (n,), an id a record.
    """
    ids, codes = np.unique(values, return_inverse=True)
    return IdColumn(ids, codes.astype(np.int32))


def unite_ids(columns: Sequence[IdColumn]) -> tuple[np.ndarray, list[np.ndarray]]:
    """One catalogue of the ids of several columns.

    Args:
      columns: at least one.

    Returns:
      The distinct ids, ascending: int64 if those of every column are, else object of str; and for
      each column its records as int32 positions in them.
    """
    parts = [column.ids for column in columns]
    if any(part.dtype == object for part in parts):
        parts = [as_text(part) for part in parts]
    ids, positions = np.unique(np.concatenate(parts), return_inverse=True)
    starts = np.cumsum([0, *map(len, parts)])
    return ids, [
        positions[start : start + len(part)].astype(np.int32)[column.codes]
        for start, part, column in zip(starts, parts, columns, strict=False)
    ]


def as_text(ids: np.ndarray) -> np.ndarray:
    """Ids as object of str; int64 ones are written in the canonical way."""
    return np.array([str(value) for value in ids], object)


def keep_records(column: IdColumn, kept: np.ndarray) -> IdColumn:
    """The column's records where bool (n,) `kept` is true, and the ids that are left."""
    codes = column.codes[kept]
    used = np.zeros(len(column.ids), bool)
    used[codes] = True
    return IdColumn(column.ids[used], (np.cumsum(used) - 1).astype(np.int32)[codes])


def first_repeat(values: np.ndarray) -> int | None:
    """The first place whose value was there before, or None where all are distinct.

    Args:
      values: (n,) whole numbers or object of str.
    """
    _, first = np.unique(values, return_index=True)
    if len(first) == len(values):
        return None
    return int(np.setdiff1d(np.arange(len(values)), first)[0])


def require_distinct(path: Path, name: str, columns: Columns) -> np.ndarray:
    """Ids of a file that holds each item once, in the order of the file.

    Args:
      path: the file, for the message.
      name: name of the column of ids.
      columns: what was read from the file.

    Returns:
      int64 or object of str (n,).

    Raises:
      UserError: naming the first row whose id was there before.
    """
    column = columns[name]
    again = first_repeat(column.codes)
    if again is not None:
        raise UserError(
            f"{path}: row {columns.row(again)}: column {name}: "
            f"{column.ids[column.codes[again]]!s} was in an earlier row; keep one of them"
        )
    return column.values()
