"""Columns of a table as arrays, whichever kind of file they were read from."""

import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np


def repeated(names: Iterable[str]) -> str | None:
    """The first name that stands there for the second time, or None, in time linear in them."""
    seen = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


@dataclasses.dataclass(frozen=True)
class IdColumn:
    """A column of ids, each distinct id stored once.

    Attributes:
      ids: (m,) distinct ids, ascending: int64 where every one is a whole number written the one
        canonical way ("7", "-7", not "07" or "+7") that fits, otherwise object of str.
      codes: int32 (n,), positions in `ids`, in the order of the records.
    """

    ids: np.ndarray
    codes: np.ndarray

    def values(self) -> np.ndarray:
        """The id of every record, (n,)."""
        return self.ids[self.codes]


@dataclasses.dataclass(frozen=True)
class Columns:
    """The columns that were asked for.

    Attributes:
      records: n, how many records the file holds.
      by_name: name -> an `IdColumn`, int64 (n,), float32 (n,) or object of str (n,), as its kind
        says (`kinds.column_kinds`).
      row: gives the 1-based row of the file where record i (counted from 0) starts.
    """

    records: int
    by_name: dict[str, Any]
    row: Callable[[int], int]

    def __getitem__(self, name: str) -> Any:
        return self.by_name[name]
