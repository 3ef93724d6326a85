"""PyTorch's .pt files, read without PyTorch and without running what they hold.

Both kinds are read: the archive that torch.save writes since version 1.6, and the stream of earlier
ones. Either is a pickle that refers to storages, runs of numbers that lie outside the pickle; a
tensor is a view of one, given by an offset, a shape and strides.
"""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from a2bm2gl_tf.data.reading.collection_records import COLLECTION_NAMES, MappingRecord
from a2bm2gl_tf.data.reading.restricted_pickles import Names, Record
from a2bm2gl_tf.errors import UserError

_MOST_DIMENSIONS = 32


class StorageRecord(Record):
    """The class of a storage; subclasses say of what.

    Attributes:
      dtype: NumPy dtype of its numbers without a byte order; bfloat16 has none and goes as uint16.
      bfloat16: whether it is that.
    """

    __slots__ = ()
    dtype: ClassVar[str]
    bfloat16: ClassVar[bool] = False


class _TensorRecord(Record):
    __slots__ = ()


class _ParameterRecord(Record):
    __slots__ = ()


def _storage_class(name: str, code: str) -> type[StorageRecord]:
    members = {"__slots__": (), "dtype": code, "bfloat16": name == "BFloat16Storage"}
    return type(name, (StorageRecord,), members)


_DTYPES = {
    "HalfStorage": "f2",
    "FloatStorage": "f4",
    "DoubleStorage": "f8",
    "BFloat16Storage": "u2",
    "CharStorage": "i1",
    "ShortStorage": "i2",
    "IntStorage": "i4",
    "LongStorage": "i8",
    "ByteStorage": "u1",
    "BoolStorage": "u1",
}
TORCH_NAMES: Names = {
    **COLLECTION_NAMES,
    ("torch._utils", "_rebuild_tensor"): _TensorRecord,
    ("torch._utils", "_rebuild_tensor_v2"): _TensorRecord,
    ("torch._utils", "_rebuild_parameter"): _ParameterRecord,
    **{("torch", name): _storage_class(name, code) for name, code in _DTYPES.items()},
}
ADMITS = "neither a plain tensor nor a dictionary of them"


@dataclasses.dataclass(frozen=True)
class StorageReference:
    """What a pickle says of a storage outside it.

    Attributes:
      kind: a subclass of `StorageRecord`.
      key: its name within the file.
      numel: how many numbers it is said to hold.
      offset: number of it where a view of it starts (files of PyTorch 0.x); 0 otherwise.
    """

    kind: type[StorageRecord]
    key: str
    numel: int
    offset: int = 0


def storage_reference(pid: Any) -> StorageReference:
    """Understands a pickle's reference to a storage.

    Raises:
      ValueError: if it is none.
    """
    if not isinstance(pid, tuple) or len(pid) not in (5, 6) or pid[0] != "storage":
        raise ValueError("it refers to something other than a storage")
    kind, key, _, numel = pid[1:5]
    if not (isinstance(kind, type) and issubclass(kind, StorageRecord) and isinstance(key, str)):
        raise ValueError("a storage has no type or no name")
    view = pid[5] if len(pid) == 6 else None
    offset = 0 if view is None else _count(view[1])
    return StorageReference(kind, key, _count(numel), offset)


def rebuild_tensors(
    root: Any, path: Path, numbers: Callable[[StorageReference], np.ndarray]
) -> np.ndarray | dict[Any, np.ndarray]:
    """Arrays from what the pickle of a .pt file holds.

    Args:
      root: a tensor's record, or a dictionary of them and of lists of ids.
      path: the file it comes from, for messages.
      numbers: gives the whole storage that a reference means, in the file's byte order.

    Returns:
      A fresh array, bfloat16 as float32; or a dictionary of them, lists of whole numbers or texts
      among them.

    Raises:
      UserError: if it holds anything else, or a tensor reaches beyond its storage.
    """
    try:
        if isinstance(root, MappingRecord):
            root = root.entries
        if not isinstance(root, dict):
            return _tensor(root, numbers)
        # Tensors may share a storage, so that a small file could claim any amount of memory.
        room = 2 * path.stat().st_size
        tensors = {}
        for key, value in root.items():
            listed = isinstance(value, list)
            tensors[key] = _listed(value) if listed else _tensor(value, numbers)
            room -= 0 if listed else tensors[key].nbytes
            if room < 0:
                raise ValueError("its tensors together hold more than the file; clone() them")
        return tensors
    except (
        *(ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError),
    ) as error:
        raise UserError(
            f"{path}: no tensor and no dictionary of tensors ({str(error)[:200]}); save one"
        ) from error


def _tensor(record: Any, numbers: Callable[[StorageReference], np.ndarray]) -> np.ndarray:
    if isinstance(record, _ParameterRecord):
        record = record.arguments[0]
    if not isinstance(record, _TensorRecord):
        raise ValueError(f"it holds a {type(record).__name__.strip('_').removesuffix('Record')}")
    reference, offset, shape, strides = record.arguments[:4]
    if not isinstance(reference, StorageReference):
        raise ValueError("a tensor has no storage")
    storage = numbers(reference)
    offset = _count(offset) + reference.offset
    shape, strides = (tuple(_count(part) for part in parts) for parts in (shape, strides))
    if len(shape) != len(strides) or len(shape) > _MOST_DIMENSIONS:
        raise ValueError("shape and strides of a tensor do not fit")
    if math.prod(shape) > len(storage):
        raise ValueError("a tensor claims more numbers than are stored; save its clone()")
    last = offset + sum((n - 1) * stride for n, stride in zip(shape, strides, strict=True))
    if math.prod(shape) and last >= len(storage):
        raise ValueError("a tensor reaches beyond its storage")
    if not math.prod(shape):
        offset, strides = 0, (0,) * len(shape)
    steps = tuple(stride * storage.itemsize for stride in strides)
    view = np.lib.stride_tricks.as_strided(storage[offset:], shape, steps, writeable=False)
    if reference.kind.bfloat16:
        # The upper half of a float32.
        return (view.astype(np.uint32) << 16).view(np.float32)
    if reference.kind.__name__ == "BoolStorage":
        return view != 0
    return view.astype(storage.dtype.newbyteorder("="))


def _listed(values: list) -> np.ndarray:
    if all(type(value) is int for value in values):
        return np.array(values, np.int64)
    if all(isinstance(value, str) for value in values):
        return np.array(values, object)
    raise ValueError("it holds a list of something else than whole numbers or texts")


def _count(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("a size, an offset or a stride is not a whole number of 0 or more")
    return value
