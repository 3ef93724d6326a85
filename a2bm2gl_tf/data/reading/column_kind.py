"""What a kind of column is, and conversions that several kinds share.

Each kind has its rule twice: `add` converts a whole batch at the speed of Arrow and only notices
that something is wrong; `fault` then says what, of one value. A batch passes `add` if and only if
no value of it has a `fault`.
"""

import abc
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Passed over around numbers, as a spreadsheet may write them.
BLANKS = " \t"


class BadValueError(Exception):
    """A batch holds a value that its kind refuses; which one is found afterwards."""


class ColumnKind(abc.ABC):
    """Gathers one column, batch by batch."""

    # What the text of a delimited file is first turned into.
    text_type: pa.DataType = pa.string()

    def __init__(self) -> None:
        self._chunks: list[Any] = []

    @classmethod
    def takes(cls, stored: pa.DataType) -> bool:
        """Whether values of an Arrow type, in a file that has types, can be of this kind."""
        return pa.types.is_string(stored) or pa.types.is_integer(stored)

    @abc.abstractmethod
    def add(self, values: pa.Array) -> None:
        """Takes the next values: Arrow strings, or another type where the file has types.

        Raises:
          BadValueError: if a value is not of this kind.
          pa.ArrowInvalid: likewise.
        """

    @abc.abstractmethod
    def finish(self) -> Any:
        """The column as an array; nothing may be added afterwards."""

    @abc.abstractmethod
    def fault(self, value: str) -> str | None:
        """Says what is wrong with a value and what to do, or None if nothing is."""


def cast_trimmed(values: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Converts, passing over blanks around the values of text."""
    try:
        return pc.cast(values, wanted)
    except pa.ArrowInvalid:
        return pc.cast(pc.utf8_trim(pc.cast(values, pa.string()), BLANKS), wanted)


def whole_numbers(values: pa.Array) -> np.ndarray:
    """int64 (n,) of text in decimal digits, or of whole numbers.

    Raises:
      BadValueError: for a missing value or one that is written otherwise.
      pa.ArrowInvalid: likewise.
    """
    if values.null_count:
        raise BadValueError
    numbers = cast_trimmed(values, pa.int64())
    if pa.types.is_string(values.type) and not pc.all(pc.ascii_is_decimal(values)).as_py():
        # Arrow reads hexadecimal too ("0x1F"), which nobody means in such a file.
        plain = pc.match_substring_regex(values, r"^[ \t]*-?[0-9]+[ \t]*$")
        if not pc.all(plain).as_py():
            raise BadValueError
    return numbers.to_numpy(zero_copy_only=False)
