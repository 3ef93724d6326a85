"""Kinds of column by name."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from a2bm2gl_tf.data.reading.column_kind import ColumnKind
from a2bm2gl_tf.data.reading.id_kind import IdKind
from a2bm2gl_tf.data.reading.list_kinds import NumberListKind, TextListKind
from a2bm2gl_tf.data.reading.number_kinds import (
    CountKind,
    NumberKind,
    OptionalNumberKind,
    WholeKind,
)
from a2bm2gl_tf.data.reading.time_kind import TimeKind


class TextKind(ColumnKind):
    """Any text, even an empty one; becomes object of str (n,)."""

    def add(self, values: pa.Array) -> None:
        """See base class."""
        text = pc.fill_null(pc.cast(values, pa.string()), "")
        self._chunks.append(text.to_numpy(zero_copy_only=False))

    def finish(self) -> np.ndarray:
        """See base class."""
        return np.concatenate([np.empty(0, object), *self._chunks])

    def fault(self, value: str) -> str | None:
        """See base class."""
        return None


_KINDS: dict[str, type[ColumnKind]] = {
    "id": IdKind,
    "whole": WholeKind,
    "count": CountKind,
    "number": NumberKind,
    "optional number": OptionalNumberKind,
    "time": TimeKind,
    "text": TextKind,
    "number list": NumberListKind,
    "text list": TextListKind,
}


def make_kinds(kinds: dict[str, str]) -> dict[str, ColumnKind]:
    """An empty gatherer for each column.

    Args:
      kinds: name of the column -> "id", "whole", "count" (a whole number of 0 or more), "number",
        "optional number" (may be empty), "time", "text" or, in Parquet, "number list" or "text
        list"; see the classes for what each becomes.
    """
    return {name: _KINDS[kind]() for name, kind in kinds.items()}
