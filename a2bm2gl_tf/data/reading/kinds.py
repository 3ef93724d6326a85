"""Kinds of column: what a value may be, and the array that a column of them becomes.

Each kind has its rule twice: `add` converts a whole batch at the speed of Arrow and only notices
that something is wrong; `fault` then says what, of one value. A batch passes `add` if and only if
no value of it has a `fault`.
"""

import abc
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from a2bm2gl_tf.data.reading.columns import IdColumn

_WHOLE = re.compile(r"-?[0-9]+")
_CANONICAL = r"^(0|-?[1-9][0-9]*)$"
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
_BLANKS = " \t"


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

    @staticmethod
    @abc.abstractmethod
    def fault(value: str) -> str | None:
        """Says what is wrong with a value and what to do, or None if nothing is."""


class IdKind(ColumnKind):
    """Any text but the empty one; becomes an `IdColumn`."""

    text_type = pa.dictionary(pa.int32(), pa.string())

    def add(self, values: pa.Array) -> None:
        """See base class; numbers and text are taken as they would be printed."""
        if not pa.types.is_dictionary(values.type):
            values = pc.dictionary_encode(values)
        words = pc.cast(values.dictionary, pa.string())
        if values.null_count or words.null_count or pc.any(pc.equal(words, "")).as_py():
            raise BadValueError
        codes = pc.cast(values.indices, pa.int32())
        self._chunks.append(pa.DictionaryArray.from_arrays(codes, words))

    def finish(self) -> IdColumn:
        """See base class."""
        whole = pa.chunked_array(self._chunks, self.text_type).unify_dictionaries()
        self._chunks = []
        if not whole.num_chunks:
            return IdColumn(np.empty(0, np.int64), np.empty(0, np.int32))
        codes = np.concatenate([chunk.indices.to_numpy() for chunk in whole.chunks])
        ids, positions = _sorted_ids(whole.chunk(whole.num_chunks - 1).dictionary)
        return IdColumn(ids, positions[codes])

    @staticmethod
    def fault(value: str) -> str | None:
        """See base class."""
        return None if value else "the id is empty; fill it in or remove the row"


class WholeKind(ColumnKind):
    """A whole number that fits int64; becomes int64 (n,)."""

    def add(self, values: pa.Array) -> None:
        """See base class."""
        self._chunks.append(_whole_numbers(values))

    def finish(self) -> np.ndarray:
        """See base class."""
        return np.concatenate([np.empty(0, np.int64), *self._chunks])

    @staticmethod
    def fault(value: str) -> str | None:
        """See base class."""
        if not _WHOLE.fullmatch(value.strip(_BLANKS)):
            return "is not a whole number; mend the row"
        if not _SMALLEST <= int(value) <= _LARGEST:
            return "is beyond 64 bits; mend the row"
        return None


class CountKind(WholeKind):
    """A whole number of 0 or more; becomes int64 (n,)."""

    def add(self, values: pa.Array) -> None:
        """See base class."""
        numbers = _whole_numbers(values)
        if len(numbers) and numbers.min() < 0:
            raise BadValueError
        self._chunks.append(numbers)

    @staticmethod
    def fault(value: str) -> str | None:
        """See base class."""
        found = WholeKind.fault(value)
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
        numbers = _cast(values, pa.float64()).to_numpy(zero_copy_only=False)
        with np.errstate(over="ignore"):
            rounded = numbers.astype(np.float32)
        if not np.isfinite(rounded).all():
            raise BadValueError
        self._chunks.append(rounded)

    def finish(self) -> np.ndarray:
        """See base class."""
        return np.concatenate([np.empty(0, np.float32), *self._chunks])

    @staticmethod
    def fault(value: str) -> str | None:
        """See base class."""
        if value.strip(_BLANKS).lstrip("+-").lower() in ("nan", "inf", "infinity"):
            return "is not finite; mend the row or remove it"
        if not _NUMBER.fullmatch(value.strip(_BLANKS)):
            return "is not a number; mend the row"
        with np.errstate(over="ignore"):
            fits = np.isfinite(np.float64(value).astype(np.float32))
        return None if fits else "is beyond 32-bit floating point; mend the row"


class TextKind(ColumnKind):
    """Any text, even an empty one; becomes object of str (n,)."""

    def add(self, values: pa.Array) -> None:
        """See base class."""
        text = pc.fill_null(pc.cast(values, pa.string()), "")
        self._chunks.append(text.to_numpy(zero_copy_only=False))

    def finish(self) -> np.ndarray:
        """See base class."""
        return np.concatenate([np.empty(0, object), *self._chunks])

    @staticmethod
    def fault(value: str) -> str | None:
        """See base class."""
        return None


_KINDS: dict[str, type[ColumnKind]] = {
    "id": IdKind,
    "whole": WholeKind,
    "count": CountKind,
    "number": NumberKind,
    "text": TextKind,
}


def make_kinds(kinds: dict[str, str]) -> dict[str, ColumnKind]:
    """An empty gatherer for each column.

    Args:
      kinds: name of the column -> "id", "whole", "count" (a whole number of 0 or more), "number" or
        "text".
    """
    return {name: _KINDS[kind]() for name, kind in kinds.items()}


def _cast(values: pa.Array, wanted: pa.DataType) -> pa.Array:
    """Converts, passing over blanks around numbers, as a spreadsheet may write them."""
    try:
        return pc.cast(values, wanted)
    except pa.ArrowInvalid:
        return pc.cast(pc.utf8_trim(pc.cast(values, pa.string()), _BLANKS), wanted)


def _whole_numbers(values: pa.Array) -> np.ndarray:
    if values.null_count:
        raise BadValueError
    numbers = _cast(values, pa.int64())
    if pa.types.is_string(values.type) and not pc.all(pc.ascii_is_decimal(values)).as_py():
        # Arrow reads hexadecimal too ("0x1F"), which nobody means in such a file.
        plain = pc.match_substring_regex(values, r"^[ \t]*-?[0-9]+[ \t]*$")
        if not pc.all(plain).as_py():
            raise BadValueError
    return numbers.to_numpy(zero_copy_only=False)


def _sorted_ids(words: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Distinct ids, ascending, and int32 (m,): where each word is among them."""
    ids = None
    if pc.all(pc.match_substring_regex(words, _CANONICAL)).as_py():
        try:
            ids = pc.cast(words, pa.int64()).to_numpy()
        except pa.ArrowInvalid:
            ids = None  # At least one is beyond 64 bits, so all stay text.
    if ids is None:
        ids = words.to_numpy(zero_copy_only=False).astype(object)
    order = np.argsort(ids, kind="stable")
    positions = np.empty(len(ids), np.int32)
    positions[order] = np.arange(len(ids), dtype=np.int32)
    return ids[order], positions
