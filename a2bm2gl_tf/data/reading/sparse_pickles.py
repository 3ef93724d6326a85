"""Pickled sparse matrices, read without running any code that the file names.

The matrix is built afresh from the checked contents of inert records, so neither NumPy's nor
SciPy's own reconstruction code ever sees the file.
"""

from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.reading.array_records import (
    NUMPY_NAMES,
    check_integers,
    plain_array,
    whole_number,
)
from a2bm2gl_tf.data.reading.restricted_pickles import Names, Record, map_file, read_pickle
from a2bm2gl_tf.errors import UserError

# A tiny file may claim any shape, and readers take memory for every row and column.
_SMALL_SIDE = 10**6


class _Csr(Record):
    __slots__ = ()


class _Csc(Record):
    __slots__ = ()


class _Coo(Record):
    __slots__ = ()


# SciPy 1.8 renamed the modules; old and new files name either.
_NAMES: Names = {
    **NUMPY_NAMES,
    **{
        (f"scipy.sparse.{private}{kind}", f"{kind}_{suffix}"): record
        for kind, record in (("csr", _Csr), ("csc", _Csc), ("coo", _Coo))
        for private in ("", "_")
        for suffix in ("matrix", "array")
    },
}


def load_sparse_matrix(path: Path) -> sp.coo_matrix:
    """Reads a pickled scipy.sparse CSR, CSC or COO matrix or array.

    Args:
      path: the pickle, of protocol 2 or later.

    Returns:
      A new COO matrix (rows, columns) whose entries are as stored: repeated and zero entries stay.

    Raises:
      UserError: if the file names anything but arrays and such matrices (nothing is run), is
        truncated, or its contents do not make a valid matrix.
    """
    with map_file(path) as file:
        record = read_pickle(file, path, _NAMES, "neither a NumPy array nor a SciPy sparse matrix")
    try:
        # A row without any entry is as rare as one of which less than a byte is stored.
        return _rebuild(record, max(_SMALL_SIDE, path.stat().st_size))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise UserError(f"{path}: not a valid sparse matrix ({error}); save it again") from error


def _rebuild(record: Any, largest: int) -> sp.coo_matrix:
    if not isinstance(record, _Csr | _Csc | _Coo):
        raise ValueError(f"it holds a {_kind(record)}")
    if not isinstance(record.state, dict):
        raise ValueError("its state is missing")
    state = record.state
    shape = tuple(whole_number(side) for side in state["_shape"])
    if len(shape) != 2 or not all(0 < side <= largest for side in shape):
        raise ValueError(f"its shape is {shape}, of no matrix in a file of this size")
    data = plain_array(state["data"])
    if not np.isfinite(data).all():
        raise ValueError("a value is NaN or infinite")
    if isinstance(record, _Coo):
        # SciPy 1.13 keeps `coords` where earlier releases keep `row` and `col`.
        row, col = state["coords"] if "coords" in state else (state["row"], state["col"])
        row, col = _indices(row, shape[0]), _indices(col, shape[1])
    else:
        major, minor = shape if isinstance(record, _Csr) else shape[::-1]
        first = _expand(plain_array(state["indptr"]), major, len(data))
        second = _indices(state["indices"], minor)
        row, col = (first, second) if isinstance(record, _Csr) else (second, first)
    if not len(row) == len(col) == len(data):
        raise ValueError("indices and values differ in number")
    return sp.coo_matrix((data, (row, col)), shape=shape)


def _expand(pointers: np.ndarray, length: int, num_values: int) -> np.ndarray:
    """The row (column) number of each stored entry of a CSR (CSC) matrix."""
    check_integers(pointers)
    pointers = pointers.astype(np.int64)
    if len(pointers) != length + 1 or pointers[0] != 0 or (pointers[1:] < pointers[:-1]).any():
        raise ValueError("its row pointers are inconsistent")
    if pointers[-1] != num_values:
        raise ValueError("row pointers and values differ in number")
    return np.repeat(np.arange(length), np.diff(pointers))


def _indices(record: Any, bound: int) -> np.ndarray:
    values = plain_array(record)
    check_integers(values)
    if len(values) and not (values.min() >= 0 and values.max() < bound):
        raise ValueError(f"an index lies outside 0 to {bound - 1}")
    return values.astype(np.int64)


def _kind(value: Any) -> str:
    return type(value).__name__.strip("_").removesuffix("Record").lower()
