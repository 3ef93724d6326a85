"""Columns whose every value is a list, as Parquet stores vectors and several labels."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from a2bm2gl_tf.data.reading.column_kind import ColumnKind


class _ListKind(ColumnKind):
    """A list a record; a missing one is an empty list."""

    entry_type: pa.DataType

    @classmethod
    def takes(cls, stored: pa.DataType) -> bool:
        """See base class."""
        return is_list(stored) and cls.takes_entry(stored.value_type)

    @classmethod
    def takes_entry(cls, stored: pa.DataType) -> bool:
        """Whether entries of an Arrow type can be in such a list."""
        raise NotImplementedError

    def add(self, values: pa.Array) -> None:
        """See base class."""
        lists = pc.cast(values, pa.list_(self.entry_type))
        # Assigned one by one, for lists of the same length would become a matrix.
        found = np.empty(len(lists), object)
        for position, entries in enumerate(lists):
            found[position] = self._convert(entries.values if entries.is_valid else None)
        self._chunks.append(found)

    def finish(self) -> np.ndarray:
        """See base class."""
        return np.concatenate([np.empty(0, object), *self._chunks])

    def fault(self, value: str) -> str | None:
        """See base class."""
        return None

    def _convert(self, entries: pa.Array | None) -> object:
        raise NotImplementedError


class NumberListKind(_ListKind):
    """Lists of numbers of any length; becomes object (n,) of float64 arrays, NaN for a missing one.

    Whether the numbers are finite and the lists as long as each other is for the caller to check.
    """

    entry_type = pa.float64()

    @classmethod
    def takes_entry(cls, stored: pa.DataType) -> bool:
        """See base class."""
        return pa.types.is_integer(stored) or pa.types.is_floating(stored)

    def _convert(self, entries: pa.Array | None) -> np.ndarray:
        return np.empty(0) if entries is None else entries.to_numpy(zero_copy_only=False)


class TextListKind(_ListKind):
    """Lists of texts or whole numbers; becomes object (n,) of lists of str without missing ones."""

    entry_type = pa.string()

    @classmethod
    def takes_entry(cls, stored: pa.DataType) -> bool:
        """See base class."""
        return is_text(stored) or pa.types.is_integer(stored)

    def _convert(self, entries: pa.Array | None) -> list[str]:
        return [] if entries is None else pc.drop_null(entries).to_pylist()


def is_list(stored: pa.DataType) -> bool:
    """Whether a column of an Arrow type holds lists."""
    types = pa.types
    return types.is_list(stored) or types.is_large_list(stored) or types.is_fixed_size_list(stored)


def is_text(stored: pa.DataType) -> bool:
    """Whether a column of an Arrow type holds text, however it is encoded."""
    if pa.types.is_dictionary(stored):
        return is_text(stored.value_type)
    types = pa.types
    return types.is_string(stored) or types.is_large_string(stored) or types.is_string_view(stored)
