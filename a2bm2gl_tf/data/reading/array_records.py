"""What pickles hold of NumPy: names to admit, and plain arrays and numbers from their records."""

import functools
import math
import re
from typing import Any

import numpy as np

from a2bm2gl_tf.data.reading.restricted_pickles import Names, Record

_NUMBER = re.compile(r"[biuf](1|2|4|8)")
_ORDERS = ("<", ">", "|", "=")


class DtypeRecord(Record):
    """A dtype."""

    __slots__ = ()


class ArrayRecord(Record):
    """An array, whose contents are its state."""

    __slots__ = ()


class BufferArrayRecord(Record):
    """An array, whose contents are its arguments (protocol 5)."""

    __slots__ = ()


class ScalarRecord(Record):
    """A number with a NumPy type."""

    __slots__ = ()


class EncodedRecord(Record):
    """Bytes as protocol 2 writes them: text and the encoding that turns it into bytes."""

    __slots__ = ()


# NumPy 2 renamed its modules, and releases differ in the one that they name.
_CORES = ("numpy.core", "numpy._core")
_MULTIARRAYS = tuple(
    f"{core}.{part}" for core in _CORES for part in ("multiarray", "_multiarray_umath")
)
NUMPY_NAMES: Names = {
    ("numpy", "dtype"): DtypeRecord,
    ("numpy", "ndarray"): ArrayRecord,
    ("_codecs", "encode"): EncodedRecord,
    **{(module, "_reconstruct"): ArrayRecord for module in _MULTIARRAYS},
    **{(module, "scalar"): ScalarRecord for module in _MULTIARRAYS},
    **{(f"{core}.numeric", "_frombuffer"): BufferArrayRecord for core in _CORES},
}


def plain_array(record: Any) -> np.ndarray:
    """A fresh one-dimensional array of plain numbers from a record of one.

    Raises:
      ValueError: if the record does not hold that.
    """
    if isinstance(record, BufferArrayRecord):
        buffer, dtype, shape = record.arguments[:3]
    elif isinstance(record, ArrayRecord):
        shape, dtype, _, buffer = array_state(record)
    else:
        raise ValueError("an array is missing")
    shape = tuple(whole_number(side) for side in shape)
    values = np.frombuffer(plain_bytes(buffer), plain_dtype(dtype))
    if len(shape) != 1 or math.prod(shape) != len(values):
        raise ValueError("an array is not one-dimensional or its size is wrong")
    return values


def array_state(record: ArrayRecord) -> tuple[Any, Any, Any, Any]:
    """Shape, dtype, order flag and contents, unchecked, of an array's record.

    Raises:
      ValueError: if they are missing.
    """
    if not isinstance(record.state, tuple) or len(record.state) not in (4, 5):
        raise ValueError("an array's state is missing")
    return record.state[-4:]


def plain_bytes(value: Any) -> bytes:
    """The bytes of an array or a number.

    Raises:
      ValueError: if the value does not hold bytes.
    """
    if isinstance(value, EncodedRecord) and len(value.arguments) == 2:
        text, encoding = value.arguments
        if isinstance(text, str) and encoding == "latin1":
            return text.encode("latin-1")
    if not isinstance(value, bytes | bytearray):
        raise ValueError("an array's bytes are missing")
    return bytes(value)


def plain_dtype(record: Any) -> np.dtype:
    """The dtype of plain numbers that a record describes.

    Raises:
      ValueError: if it describes none, or another kind of dtype.
    """
    if not isinstance(record, DtypeRecord) or not record.arguments:
        raise ValueError("a dtype is missing")
    code, order = record.arguments[0], record.state[1] if record.state else "="
    # Of any other type, even to hash or to print it could take without end.
    if not isinstance(code, str) or not isinstance(order, str):
        raise ValueError("a dtype has no name or no byte order")
    return _plain_dtype(code, order)


@functools.cache
def _plain_dtype(code: str, order: str) -> np.dtype:
    if not _NUMBER.fullmatch(code):
        raise ValueError(f"dtype {code[:40]!r} is not a plain number")
    if order not in _ORDERS:
        raise ValueError("a byte order is unknown")
    return np.dtype(order + code)


def check_integers(values: np.ndarray) -> None:
    """Refuses arrays of anything but integers.

    Raises:
      ValueError: naming the dtype.
    """
    if values.dtype.kind not in "iu":
        raise ValueError(f"an index or a size is {values.dtype}")


def whole_number(value: Any) -> int:
    """An integer from a plain one or from the record of a NumPy one.

    Raises:
      ValueError: if the value is no integer; a truth value is none either.
    """
    if isinstance(value, ScalarRecord):
        dtype, buffer = value.arguments
        scalar = np.frombuffer(plain_bytes(buffer), plain_dtype(dtype))[:1]
        check_integers(scalar)
        return int(scalar[0])
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError("a size is not a whole number")
    return value
