"""Columns of times: numbers in the data's own unit, or dates."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from a2bm2gl_tf.data.reading.column_kind import (
    BadValueError,
    ColumnKind,
    cast_trimmed,
    whole_numbers,
)

_MICROSECONDS = 1_000_000
# Beyond this float64 no longer tells whole numbers apart.
_EXACT = 2.0**53


class TimeKind(ColumnKind):
    """A number, or a date and time in ISO 8601, alike in the whole column; becomes int64 (n,).

    Whole numbers keep their unit ("881250949", "881250949.0"). If any number of the column has a
    fraction, all are multiplied by a million, so that seconds become microseconds. Dates become
    microseconds since 1970; those without an offset count as UTC.
    """

    def __init__(self) -> None:
        super().__init__()
        self._dates: bool | None = None

    @classmethod
    def takes(cls, stored: pa.DataType) -> bool:
        """See base class."""
        return super().takes(stored) or pa.types.is_floating(stored) or pa.types.is_temporal(stored)

    def add(self, values: pa.Array) -> None:
        """See base class."""
        if values.null_count:
            raise BadValueError
        times = _numbers(values)
        dates = times is None
        if self._dates not in (None, dates):
            raise BadValueError
        self._chunks.append(_since_1970(values) if dates else times)
        self._dates = dates

    def finish(self) -> np.ndarray:
        """See base class."""
        decimal = [chunk for chunk in self._chunks if chunk.dtype == np.float64]
        if any((chunk != np.rint(chunk)).any() for chunk in decimal):
            largest = max(float(np.abs(chunk).max()) for chunk in self._chunks if len(chunk))
            # Where a million times the largest does not fit, the unit is finer than a second.
            scale = _MICROSECONDS if largest < 2**63 / _MICROSECONDS else 1
            self._chunks = [np.rint(chunk * scale) for chunk in self._chunks]
        whole = [chunk.astype(np.int64) for chunk in self._chunks]
        return np.concatenate([np.empty(0, np.int64), *whole])

    def fault(self, value: str) -> str | None:
        """See base class; remembers whether the first value was a date."""
        if self._dates is False and value.isascii() and value.isdecimal() and len(value) < 19:
            return None
        try:
            self.add(pa.array([value]))
        except (BadValueError, pa.ArrowInvalid):
            if self._dates is None:
                return "is neither a number nor a date like 2022-10-14 09:30:00; mend the row"
            due = "date" if self._dates else "number"
            return f"is not a {due}, as the rows before hold; write all times the same way"
        self._chunks.clear()
        return None


def _numbers(values: pa.Array) -> np.ndarray | None:
    """int64 or float64 (n,), or None where the values are not numbers."""
    if pa.types.is_temporal(values.type):
        return None
    try:
        return whole_numbers(values)
    except (BadValueError, pa.ArrowInvalid):
        pass
    try:
        numbers = cast_trimmed(values, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    if not (np.abs(numbers) < _EXACT).all():
        raise BadValueError
    return numbers


def _since_1970(values: pa.Array) -> np.ndarray:
    if pa.types.is_date(values.type):
        values = pc.cast(values, pa.timestamp("us"))
    if pa.types.is_timestamp(values.type):
        moments = pc.cast(values, pa.timestamp("us", values.type.tz), safe=False)
    else:
        try:
            moments = cast_trimmed(values, pa.timestamp("us"))
        except pa.ArrowInvalid:
            # Text with an offset ("...Z") is converted only to a type with a time zone.
            moments = cast_trimmed(values, pa.timestamp("us", "UTC"))
    return pc.cast(moments, pa.int64()).to_numpy(zero_copy_only=False)
