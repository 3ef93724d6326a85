"""Pickled sparse matrices, read without running any code that the file names.

A pickle is a program: it names functions and the arguments to call them with. Here every name on a
short list is answered with an inert record that only keeps its arguments, every other name is
refused, and the matrix is then built afresh from the checked contents of the records. So neither
NumPy's nor SciPy's own reconstruction code ever sees the file.
"""

import math
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.reading.paths import require_file
from a2bm2gl_tf.errors import UserError

_NUMBER = re.compile(r"[biuf](1|2|4|8)")
# A tiny file may claim any shape, and row pointers take memory for every row.
_LARGEST_SIDE = 10**8


class _Record:
    """Keeps what the pickle passes to a constructor and to `__setstate__`; does nothing."""

    __slots__ = ("arguments", "state")

    def __new__(cls, *arguments: Any) -> "_Record":
        record = super().__new__(cls)
        record.arguments = arguments
        record.state = None
        return record

    def __setstate__(self, state: Any) -> None:
        self.state = state


class _Dtype(_Record):
    __slots__ = ()


class _Array(_Record):
    __slots__ = ()


class _BufferArray(_Record):
    __slots__ = ()


class _Scalar(_Record):
    __slots__ = ()


class _Csr(_Record):
    __slots__ = ()


class _Csc(_Record):
    __slots__ = ()


class _Coo(_Record):
    __slots__ = ()


# NumPy 2 and SciPy 1.8 renamed the modules; old and new files name either.
_NUMPY_CORES = ("numpy.core", "numpy._core")
_ADMITTED: dict[tuple[str, str], type[_Record]] = {
    ("numpy", "dtype"): _Dtype,
    ("numpy", "ndarray"): _Array,
    **{(f"{core}.multiarray", "_reconstruct"): _Array for core in _NUMPY_CORES},
    **{(f"{core}.multiarray", "scalar"): _Scalar for core in _NUMPY_CORES},
    **{(f"{core}.numeric", "_frombuffer"): _BufferArray for core in _NUMPY_CORES},
    **{
        (f"scipy.sparse.{private}{kind}", f"{kind}_{suffix}"): record
        for kind, record in (("csr", _Csr), ("csc", _Csc), ("coo", _Coo))
        for private in ("", "_")
        for suffix in ("matrix", "array")
    },
}


class _RefusedError(Exception):
    """The pickle names something that is not admitted."""


class _RecordUnpickler(pickle.Unpickler):
    """Answers admitted names with records and refuses all others."""

    def find_class(self, module: str, name: str) -> type[_Record]:
        if (module, name) not in _ADMITTED:
            raise _RefusedError(f"{module}.{name}")
        return _ADMITTED[module, name]


def load_sparse_matrix(path: Path) -> sp.coo_matrix:
    """Reads a pickled scipy.sparse CSR, CSC or COO matrix or array.

    Args:
      path: the pickle, of protocol 3 or later.

    Returns:
      A new COO matrix (rows, columns) whose entries are as stored: repeated and zero entries stay.

    Raises:
      UserError: if the file names anything but arrays and such matrices (nothing is run), is
        truncated, or its contents do not make a valid matrix.
    """
    require_file(path)
    try:
        with path.open("rb") as file:
            record = _RecordUnpickler(file).load()
    except _RefusedError as error:
        raise UserError(
            f"{path}: names {str(error)!r}, which is neither a NumPy array nor a SciPy sparse "
            "matrix, so nothing was loaded; do not trust this file"
        ) from error
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}; make it readable") from error
    except Exception as error:
        # A damaged pickle can fail in any way that its opcodes can.
        raise UserError(f"{path}: truncated or not a pickle; download it again") from error
    try:
        return _rebuild(record)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise UserError(f"{path}: not a valid sparse matrix ({error}); save it again") from error


def _rebuild(record: Any) -> sp.coo_matrix:
    if not isinstance(record, _Csr | _Csc | _Coo):
        raise ValueError(f"it holds a {type(record).__name__.strip('_').lower()}")
    if not isinstance(record.state, dict):
        raise ValueError("its state is missing")
    state = record.state
    shape = tuple(_integer(side) for side in state["_shape"])
    if len(shape) != 2 or not all(0 < side <= _LARGEST_SIDE for side in shape):
        raise ValueError(f"its shape is {shape}")
    data = _array(state["data"])
    if not np.isfinite(data).all():
        raise ValueError("a value is NaN or infinite")
    if isinstance(record, _Coo):
        # SciPy 1.13 keeps `coords` where earlier releases keep `row` and `col`.
        row, col = state["coords"] if "coords" in state else (state["row"], state["col"])
        row, col = _indices(row, shape[0]), _indices(col, shape[1])
    else:
        major, minor = shape if isinstance(record, _Csr) else shape[::-1]
        first = _expand(_array(state["indptr"]), major, len(data))
        second = _indices(state["indices"], minor)
        row, col = (first, second) if isinstance(record, _Csr) else (second, first)
    if not len(row) == len(col) == len(data):
        raise ValueError("indices and values differ in number")
    return sp.coo_matrix((data, (row, col)), shape=shape)


def _expand(pointers: np.ndarray, length: int, num_values: int) -> np.ndarray:
    """The row (column) number of each stored entry of a CSR (CSC) matrix."""
    _check_integers(pointers)
    pointers = pointers.astype(np.int64)
    if len(pointers) != length + 1 or pointers[0] != 0 or (pointers[1:] < pointers[:-1]).any():
        raise ValueError("its row pointers are inconsistent")
    if pointers[-1] != num_values:
        raise ValueError("row pointers and values differ in number")
    return np.repeat(np.arange(length), np.diff(pointers))


def _indices(record: Any, bound: int) -> np.ndarray:
    values = _array(record)
    _check_integers(values)
    if len(values) and not (values.min() >= 0 and values.max() < bound):
        raise ValueError(f"an index lies outside 0 to {bound - 1}")
    return values.astype(np.int64)


def _check_integers(values: np.ndarray) -> None:
    if values.dtype.kind not in "iu":
        raise ValueError(f"an index or a size is {values.dtype}")


def _array(record: Any) -> np.ndarray:
    """A fresh one-dimensional array of plain numbers from a record of one."""
    if isinstance(record, _BufferArray):
        buffer, dtype, shape = record.arguments[:3]
    elif isinstance(record, _Array):
        shape, dtype, _, buffer = record.state[-4:]
    else:
        raise ValueError("an array is missing")
    shape = tuple(_integer(side) for side in shape)
    values = np.frombuffer(bytes(_buffer(buffer)), _dtype(dtype))
    if len(shape) != 1 or math.prod(shape) != len(values):
        raise ValueError("an array is not one-dimensional or its size is wrong")
    return values


def _buffer(value: Any) -> bytes | bytearray:
    if not isinstance(value, bytes | bytearray):
        raise ValueError("an array's bytes are missing")
    return value


def _dtype(record: Any) -> np.dtype:
    if not isinstance(record, _Dtype) or not record.arguments:
        raise ValueError("a dtype is missing")
    code = record.arguments[0]
    if not isinstance(code, str) or not _NUMBER.fullmatch(code):
        raise ValueError(f"dtype {code!r} is not a plain number")
    order = record.state[1] if record.state else "="
    if order not in ("<", ">", "|", "="):
        raise ValueError("a byte order is unknown")
    return np.dtype(order + code)


def _integer(value: Any) -> int:
    if isinstance(value, _Scalar):
        dtype, buffer = value.arguments
        scalar = np.frombuffer(_buffer(buffer), _dtype(dtype))[:1]
        _check_integers(scalar)
        return int(scalar[0])
    if not isinstance(value, int):
        raise ValueError("a size is not a whole number")
    return value
