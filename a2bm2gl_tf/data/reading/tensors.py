"""Tensors that PyTorch saved, read without PyTorch and without running what the file names.

`torch.save` writes a pickle whose tensors refer to storages. A file is a zip archive with one
stored entry a storage, or (before PyTorch 1.6) a stream: magic number, protocol, system, the
pickle, the storages' keys, and then each storage.
"""

import mmap
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from a2bm2gl_tf.data.reading.restricted_pickles import (
    COLLECTION_NAMES,
    CollectionRecord,
    Names,
    Record,
    map_file,
    read_pickle,
)
from a2bm2gl_tf.errors import UserError

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_ADMITS = "neither a tensor nor plain data"
_MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


class _Tensor(Record):
    __slots__ = ()


class _Parameter(Record):
    __slots__ = ()


# The type of a storage -> the dtype of its elements; NumPy has no bfloat16, see `_storage`.
_BFLOAT16 = "BFloat16Storage"
_DTYPES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    _BFLOAT16: "<u2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
_STORAGES = {name: type(name, (Record,), {"__slots__": ()}) for name in _DTYPES}
_NAMES: Names = {
    **COLLECTION_NAMES,
    ("torch._utils", "_rebuild_tensor_v2"): _Tensor,
    ("torch._utils", "_rebuild_tensor"): _Tensor,
    ("torch._utils", "_rebuild_parameter"): _Parameter,
    **{("torch", name): storage for name, storage in _STORAGES.items()},
}


class _Reference(NamedTuple):
    """What a tensor says of its storage."""

    kind: str
    key: str
    size: int


def load_tensors(path: Path) -> dict[str, np.ndarray]:
    """Reads a `.pt` file that holds a tensor, or a dictionary of names and tensors.

    Args:
      path: the file.

    Returns:
      Name -> array of numbers of any shape; the one name of a tensor by itself is "". bfloat16
      becomes float32.

    Raises:
      UserError: if the file names anything else (nothing is run), is damaged, or a tensor does not
        lie within its storage.
    """
    with map_file(path) as file:
        read = _read_archive if file[:4] == b"PK\x03\x04" else _read_stream
        value, storages = read(path, file)
        try:
            return _named(value, storages)
        except _MALFORMED as error:
            raise UserError(
                f"{path}: holds no valid tensor ({error}); save a tensor, or a dictionary of names "
                "and tensors"
            ) from error


def _named(value: Any, storage: Callable[[_Reference], np.ndarray]) -> dict[str, np.ndarray]:
    if isinstance(value, CollectionRecord):
        value = getattr(value, "entries", None)
    if not isinstance(value, dict):
        return {"": _array(value, storage)}
    if not value or not all(isinstance(name, str) for name in value):
        raise ValueError("a dictionary without names")
    return {name: _array(entry, storage) for name, entry in value.items()}


def _array(record: Any, storage: Callable[[_Reference], np.ndarray]) -> np.ndarray:
    if isinstance(record, _Parameter):
        record = record.arguments[0]
    if not isinstance(record, _Tensor):
        raise ValueError(f"it holds a {type(record).__name__.strip('_').lower()}")
    reference, offset, shape, strides = record.arguments[:4]
    if not isinstance(reference, _Reference):
        raise ValueError("a tensor's storage is missing")
    numbers = (offset, *shape, *strides)
    if len(shape) != len(strides) or not all(type(n) is int and n >= 0 for n in numbers):
        raise ValueError("a tensor's shape is not whole numbers")
    values = storage(reference)
    if 0 in shape:
        return np.empty(shape, values.dtype)
    last = offset + sum((side - 1) * step for side, step in zip(shape, strides, strict=True))
    count = 1
    for side in shape:
        count *= side
    # A repeated (stride 0) tensor could claim any size.
    if last >= len(values) or count > len(values):
        raise ValueError("a tensor reaches beyond its storage")
    steps = [step * values.itemsize for step in strides]
    view = np.lib.stride_tricks.as_strided(values[offset:], shape, steps, writeable=False)
    return np.ascontiguousarray(view).reshape(shape)


def _reference(pid: Any) -> _Reference:
    """The storage that a persistent id of the pickle refers to."""
    _, storage, key, _, size = pid[:5]
    kind = storage.__name__
    if kind not in _DTYPES or not isinstance(key, str) or type(size) is not int or size < 0:
        raise ValueError("a storage is malformed")
    return _Reference(kind, key, size)


def _storage(reference: _Reference, content: bytes) -> np.ndarray:
    values = np.frombuffer(content, _DTYPES[reference.kind])
    if len(values) != reference.size:
        raise ValueError(f"a storage holds {len(values)} numbers where {reference.size} are due")
    if reference.kind == _BFLOAT16:
        # bfloat16 is the upper half of a float32.
        return (values.astype(np.uint32) << 16).view(np.float32)
    return values


def _read_archive(path: Path, file: mmap.mmap) -> tuple[Any, Callable]:
    try:
        archive = zipfile.ZipFile(BytesIO(file))
        pickles = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        entries = {entry.filename: entry for entry in archive.infolist()}
        # PyTorch does not compress; what is stored as it is cannot claim more than the file holds.
        compressed = any(entry.compress_type != zipfile.ZIP_STORED for entry in entries.values())
        if compressed or len(pickles) != 1:
            raise UserError(f"{path}: a zip archive, but not one that torch.save wrote")
        content = archive.read(pickles[0])
    except (zipfile.BadZipFile, *_MALFORMED, OSError, EOFError) as error:
        raise UserError(f"{path}: truncated or not written by torch.save; save it again") from error
    root = pickles[0].removesuffix("data.pkl")
    value = read_pickle(BytesIO(content), path, _NAMES, _ADMITS, _reference)
    big = f"{root}byteorder" in entries and archive.read(f"{root}byteorder") == b"big"
    if big:
        raise UserError(f"{path}: written on a big-endian machine; save it again on another")

    def storage(reference: _Reference) -> np.ndarray:
        try:
            return _storage(reference, archive.read(f"{root}data/{reference.key}"))
        except (zipfile.BadZipFile, EOFError) as error:
            raise ValueError(f"storage {reference.key[:20]} is damaged") from error

    return value, storage


def _read_stream(path: Path, file: mmap.mmap) -> tuple[Any, Callable]:
    def part(names: Names = COLLECTION_NAMES, persistent: Callable | None = None) -> Any:
        return read_pickle(file, path, names, _ADMITS, persistent)

    if part() != _MAGIC or part() != _PROTOCOL:
        raise UserError(f"{path}: a pickle, but not one that torch.save wrote; save it again")
    part()
    references: dict[str, _Reference] = {}

    def persistent(pid: Any) -> _Reference:
        reference = _reference(pid)
        return references.setdefault(reference.key, reference)

    value = part(_NAMES, persistent)
    keys = part()
    contents: dict[str, bytes] = {}
    try:
        for key in keys:
            size = int.from_bytes(file.read(8), "little")
            if size != references[key].size:
                raise ValueError("sizes of a storage differ")
            length = size * np.dtype(_DTYPES[references[key].kind]).itemsize
            contents[key] = file.read(length)
            if len(contents[key]) != length:
                raise ValueError("it ends early")
    except _MALFORMED as error:
        raise UserError(f"{path}: truncated or damaged ({error}); save it again") from error
    return value, lambda reference: _storage(reference, contents[reference.key])
