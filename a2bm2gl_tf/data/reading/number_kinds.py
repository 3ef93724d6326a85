"""Columns of numbers: whole, counting and decimal."""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from a2bm2gl_tf.data.reading.column_kind import (
    BLANKS,
    BadValueError,
    ColumnKind,
    cast_trimmed,
    whole_numbers,
)

_WHOLE = re.compile(r"-?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
# More digits cannot fit, and Python refuses to convert some thousands of them.
_MOST_DIGITS = 1000


class WholeKind(ColumnKind):
    """A whole number that fits int64; becomes int64 (n,)."""

    def add(self, values: pa.Array) -> None:
        """See base class."""
        self._chunks.append(whole_numbers(values))

    def finish(self) -> np.ndarray:
        """See base class."""
        return np.concatenate([np.empty(0, np.int64), *self._chunks])

    def fault(self, value: str) -> str | None:
        """See base class."""
        value = value.strip(BLANKS)
        if not _WHOLE.fullmatch(value):
            return "is not a whole number; mend the row"
        if len(value) > _MOST_DIGITS or not _SMALLEST <= int(value) <= _LARGEST:
            return "is beyond 64 bits; mend the row"
        return None


class CountKind(WholeKind):
    """A whole number of 0 or more; becomes int64 (n,)."""

    def add(self, values: pa.Array) -> None:
        """See base class."""
        numbers = whole_numbers(values)
        if len(numbers) and numbers.min() < 0:
            raise BadValueError
        self._chunks.append(numbers)

    def fault(self, value: str) -> str | None:
        """See base class."""
        found = super().fault(value)
        if found is None and int(value) < 0:
            return "is negative; mend the row"
        return found


class NumberKind(ColumnKind):
    """A decimal number whose nearest float32 is finite; becomes float32 (n,)."""

    @classmethod
    def takes(cls, stored: pa.DataType) -> bool:
        """See base class."""
        return super().takes(stored) or pa.types.is_floating(stored) or pa.types.is_decimal(stored)

    def add(self, values: pa.Array) -> None:
        """See base class."""
        if values.null_count:
            raise BadValueError
        numbers = cast_trimmed(values, pa.float64()).to_numpy(zero_copy_only=False)
        with np.errstate(over="ignore"):
            rounded = numbers.astype(np.float32)
        if not np.isfinite(rounded).all():
            raise BadValueError
        self._chunks.append(rounded)

    def finish(self) -> np.ndarray:
        """See base class."""
        return np.concatenate([np.empty(0, np.float32), *self._chunks])

    def fault(self, value: str) -> str | None:
        """See base class."""
        value = value.strip(BLANKS)
        if value.lstrip("+-").lower() in ("nan", "inf", "infinity"):
            return "is not finite; mend the row or remove it"
        if not _NUMBER.fullmatch(value):
            return "is not a number; mend the row"
        with np.errstate(over="ignore"):
            fits = np.isfinite(np.float64(value).astype(np.float32))
        return None if fits else "is beyond 32-bit floating point; mend the row"


class OptionalNumberKind(NumberKind):
    """A decimal number, or empty where there is none; becomes float32 (n,) with NaN for none."""

    def add(self, values: pa.Array) -> None:
        """See base class."""
        if pa.types.is_string(values.type):
            values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
        given = pc.is_valid(values).to_numpy(zero_copy_only=False)
        super().add(pc.drop_null(values))
        numbers = np.full(len(values), np.nan, np.float32)
        numbers[given] = self._chunks.pop()
        self._chunks.append(numbers)

    def fault(self, value: str) -> str | None:
        """See base class."""
        return super().fault(value) if value else None
