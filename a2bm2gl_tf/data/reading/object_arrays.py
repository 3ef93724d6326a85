"""Lists of items in .npy files of Python objects, read without running what they hold.

NumPy stores such an array as a pickle behind its header. Admitted are lists, tuples, sets and
one-dimensional arrays of whole numbers, and dictionaries of them.
"""

import array
import math
from pathlib import Path
from typing import Any

import numpy as np

from a2bm2gl_tf.data.reading.array_records import (
    NUMPY_NAMES,
    ArrayRecord,
    array_state,
    plain_array,
    whole_number,
)
from a2bm2gl_tf.data.reading.arrays import load_array, read_header
from a2bm2gl_tf.data.reading.collection_records import (
    COLLECTION_NAMES,
    MappingRecord,
    SetRecord,
)
from a2bm2gl_tf.data.reading.item_lists import ItemLists
from a2bm2gl_tf.data.reading.restricted_pickles import Names, map_file, read_pickle
from a2bm2gl_tf.errors import UserError

_NAMES: Names = {**NUMPY_NAMES, **COLLECTION_NAMES}
_LARGEST_ID = 10**18


def load_user_dictionary(path: Path) -> ItemLists:
    """Reads a dictionary user -> items that `numpy.save` wrote as an array of one object.

    Args:
      path: .npy file.

    Returns:
      The lists in the dictionary's order, sets in no order of meaning.

    Raises:
      UserError: if the file is damaged, names anything but plain data (nothing is run), holds no
        such dictionary, or a user or item that is not a whole number of 0 or more.
    """
    values = _load_elements(path)
    mapping = values[0] if len(values) == 1 else None
    if isinstance(mapping, MappingRecord):
        mapping = mapping.entries
    if not isinstance(mapping, dict) or not mapping:
        raise UserError(
            f"{path}: holds no dictionary with entries; save one of user -> list of items"
        )
    lists = _Gathered(path)
    for entry, (user, items) in enumerate(mapping.items(), start=1):
        lists.add(f"entry {entry}", user, items)
    return lists.finish()


def load_user_rows(path: Path) -> ItemLists:
    """Reads rows [user, item, item, ...] that `numpy.save` wrote.

    Args:
      path: .npy file: an array of lists, or a table of whole numbers where all are equally long.

    Returns:
      The lists; list i is row i + 1 of the file.

    Raises:
      UserError: as `load_user_dictionary`, naming the row.
    """
    values = _load_elements(path)
    lists = _Gathered(path)
    for row, value in enumerate(values, start=1):
        entries = _entries(value)
        if entries is None or not len(entries):
            raise UserError(
                f"{path}: row {row}: is no list with a user; write it as [user, item, item, ...]"
            )
        lists.add(f"row {row}", entries[0], entries[1:])
    return lists.finish()


class _Gathered:
    """Lists as they grow; the sum of their lengths is bounded by the size of the file.

    A pickle may name one list many times, so that a small file claims any number of items.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._room = path.stat().st_size
        self._parts = tuple(array.array("q") for _ in range(3))

    def add(self, place: str, user: Any, items: Any) -> None:
        users, lengths, gathered = self._parts
        entries = _entries(items)
        if entries is None:
            raise UserError(f"{self._path}: {place}: its items are no list; write [item, ...]")
        self._room -= len(entries) + 1
        if self._room < 0:
            raise UserError(
                f"{self._path}: {place}: claims more items than a file of its size holds; "
                "do not trust this file"
            )
        try:
            users.append(_id(user))
            gathered.extend(map(_id, entries))
        except (ValueError, TypeError) as error:
            raise UserError(f"{self._path}: {place}: {error}; mend it") from error
        lengths.append(len(entries))

    def finish(self) -> ItemLists:
        return ItemLists(*(np.array(part, np.int64) for part in self._parts))


def _id(value: Any) -> int:
    try:
        number = value if type(value) is int else whole_number(value)
    except (ValueError, TypeError) as error:
        raise ValueError("a user or item is not a whole number") from error
    if not 0 <= number <= _LARGEST_ID:
        raise ValueError(f"a user or item is not within 0 and {_LARGEST_ID}")
    return number


def _entries(value: Any) -> list | tuple | None:
    """The entries of a list, tuple, set or array; None for anything else."""
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, set | frozenset):
        return list(value)
    try:
        return value.entries() if isinstance(value, SetRecord) else plain_array(value).tolist()
    except (ValueError, TypeError, IndexError):
        return None


def _load_elements(path: Path) -> list:
    """The elements along the first axis of an array of objects or of whole numbers."""
    with map_file(path) as file:
        shape, _, dtype = read_header(file, path)
        if dtype == np.dtype(object):
            record = read_pickle(file, path, _NAMES, "neither plain data nor a NumPy array of it")
            return _shaped(path, record, shape)
    # NumPy makes a table of lists that are equally long.
    if dtype.kind not in "iu" or len(shape) != 2:
        raise UserError(
            f"{path}: holds {dtype} of shape {shape}; save an array of lists [user, item, ...]"
        )
    return load_array(path).tolist()


def _shaped(path: Path, record: Any, shape: tuple[int, ...]) -> list:
    try:
        values = _objects(record)
    except (ValueError, TypeError, IndexError) as error:
        raise UserError(f"{path}: holds no array of lists ({error}); save it again") from error
    if len(shape) > 2 or math.prod(shape) != len(values):
        raise UserError(
            f"{path}: its header says {shape}, but {len(values)} objects follow; save it again"
        )
    if len(shape) == 2:
        return [values[start : start + shape[1]] for start in range(0, len(values), shape[1])]
    return values


def _objects(record: Any) -> list:
    values = array_state(record)[3] if isinstance(record, ArrayRecord) else None
    if not isinstance(values, list):
        raise ValueError("its objects are missing")
    return values
