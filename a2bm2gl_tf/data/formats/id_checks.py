"""Ids of the user's own tables that are most likely not what the user means."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from a2bm2gl_tf.data.reading.columns import IdColumn
from a2bm2gl_tf.data.reading.id_kind import canonical_words
from a2bm2gl_tf.errors import UserError

_BLANKS = " \t\r\n\u00a0"
# How pandas, Python and databases write a missing value; as one user it would be the busiest.
_MISSING = ("nan", "NaN", "None", "null", "NULL", "<NA>", "NaT")
_FLOAT = r"^-?[0-9]+\.0$"


def check_written(path: Path, name: str, ids: np.ndarray, row: Callable[[int], int]) -> None:
    """Refuses blanks around ids, and whole numbers that were all written as "7.0".

    Stripping would be a guess: " v1" and "v1" may stand in different files of one dataset.

    Args:
      path: the file, for messages.
      name: the column, for messages.
      ids: int64 or object of str (n,).
      row: gives the 1-based row of entry i.

    Raises:
      UserError: naming the row and the remedy.
    """
    if ids.dtype != object or not len(ids):
        return
    words = pa.array(ids, pa.string())
    padded = pc.not_equal(pc.utf8_trim(words, _BLANKS), words).to_numpy(zero_copy_only=False)
    if padded.any():
        entry = int(padded.argmax())
        raise UserError(
            f"{path}: row {row(entry)}: column {name}: {ids[entry][:40]!r} begins or ends with a "
            "blank, so it is another id than the same without; remove the blanks around the ids"
        )
    if pc.all(pc.match_substring_regex(words, _FLOAT)).as_py():
        raise UserError(
            f"{path}: row {row(0)}: column {name}: {ids[0]!r}, as every id, is a whole number with "
            ".0 behind, as pandas writes a column that had gaps; write whole numbers "
            "(in pandas: astype('Int64'))"
        )


def check_column(
    path: Path, name: str, role: str, column: IdColumn, row: Callable[[int], int]
) -> str | None:
    """Refuses ids that stand for a missing one, beside what `check_written` does.

    Args:
      path: the file, for messages.
      name: the column.
      role: "user" or "item".
      column: its ids.
      row: gives the 1-based row of record i.

    Returns:
      A line for the user where ids are text though at least half of the distinct ones are whole
      numbers, naming the first other; else None.

    Raises:
      UserError: naming the row and the remedy.
    """
    ids = column.ids

    def first(positions: np.ndarray) -> int:
        return int(np.isin(column.codes, positions).argmax())

    # Every distinct id once, each with its first record.
    check_written(path, name, ids, lambda position: row(first(np.array([position]))))
    if ids.dtype == np.int64:
        missing = np.flatnonzero(ids == -1) if (ids < 0).sum() == 1 < len(ids) else ids[:0]
    else:
        missing = np.flatnonzero(np.isin(ids, _MISSING))
    if len(missing):
        record = first(missing)
        raise UserError(
            f"{path}: row {row(record)}: column {name}: {ids[column.codes[record]]} often stands "
            f"for a missing {role}; remove such rows, or write another id if it is a {role}"
        )
    return None if ids.dtype == np.int64 else _odd_one(name, role, column, first, row)


def _odd_one(
    name: str,
    role: str,
    column: IdColumn,
    first: Callable[[np.ndarray], int],
    row: Callable[[int], int],
) -> str | None:
    odd = ~canonical_words(pa.array(column.ids, pa.string()))
    if 2 * odd.sum() > len(odd):
        return None
    record = first(np.flatnonzero(odd))
    return (
        f"{role} ids (column {name}) are text because of "
        f"{column.ids[column.codes[record]][:40]!r} (row {row(record)}); most are whole numbers"
    )
