"""The two containers of .pt files: where the pickle is, and where the storages are."""

import io
import mmap
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from a2bm2gl_tf.data.reading.restricted_pickles import map_file, read_pickle
from a2bm2gl_tf.data.reading.torch_tensors import (
    ADMITS,
    TORCH_NAMES,
    StorageReference,
    rebuild_tensors,
    storage_reference,
)
from a2bm2gl_tf.errors import UserError

_STREAM_MAGIC = 0x1950A86A20F9469CFC6C
_STREAM_PROTOCOL = 1001
_ARCHIVE_START = b"PK\x03\x04"
_ORDERS = {b"little": "<", b"big": ">"}


def load_tensors(path: Path) -> np.ndarray | dict[Any, np.ndarray]:
    """Reads a file of torch.save that holds a tensor or a dictionary of tensors.

    Args:
      path: .pt file, an archive (PyTorch 1.6 and later) or a stream (before, or on demand).

    Returns:
      See `torch_tensors.rebuild_tensors`.

    Raises:
      UserError: if the file is missing, truncated or neither; names anything but tensors (nothing
        is run); or a tensor reaches beyond what is stored.
    """
    with map_file(path) as file:
        if file[: len(_ARCHIVE_START)] == _ARCHIVE_START:
            return _load_archive(path)
        return _load_stream(path, file)


def _load_archive(path: Path) -> np.ndarray | dict[Any, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = {member.filename: member for member in archive.infolist()}
            (main,) = [name for name in members if name.endswith("/data.pkl")]
            folder = main.removesuffix("data.pkl")

            def content(name: str) -> bytes:
                return _stored(path, archive, members[folder + name])

            order = content("byteorder").strip() if folder + "byteorder" in members else b"little"

            def numbers(reference: StorageReference) -> np.ndarray:
                dtype = np.dtype(reference.kind.dtype).newbyteorder(_ORDERS[order])
                storage = np.frombuffer(content(f"data/{reference.key}"), dtype)
                if len(storage) != reference.numel:
                    raise ValueError(f"storage {reference.key} has another size than is said")
                return storage

            pickled = io.BytesIO(content("data.pkl"))
            root = read_pickle(pickled, path, TORCH_NAMES, ADMITS, storage_reference)
            return rebuild_tensors(root, path, numbers)
    except UserError:
        raise
    except Exception as error:
        # A damaged archive can fail in any way that its fields can be misread.
        raise UserError(f"{path}: truncated or not a .pt file; save it again") from error


def _stored(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """A member's bytes; torch.save never compresses, so none can be longer than the file."""
    if member.compress_type != zipfile.ZIP_STORED or member.file_size > path.stat().st_size:
        raise UserError(
            f"{path}: {member.filename[:80]!r} is compressed or claims {member.file_size} bytes, "
            "which torch.save never does; do not trust this file"
        )
    return archive.read(member)


def _load_stream(path: Path, file: mmap.mmap) -> np.ndarray | dict[Any, np.ndarray]:
    if _unpickle(path, file) != _STREAM_MAGIC or _unpickle(path, file) != _STREAM_PROTOCOL:
        raise UserError(f"{path}: not a .pt file that torch.save wrote; save a tensor with it")
    # Of the machine that wrote it; numbers are in little-endian order on every one.
    _unpickle(path, file)
    said: dict[str, StorageReference] = {}

    def refer(pid: Any) -> StorageReference:
        reference = storage_reference(pid)
        said.setdefault(reference.key, reference)
        return reference

    root = read_pickle(file, path, TORCH_NAMES, ADMITS, refer)
    keys = _unpickle(path, file)
    storages: dict[str, np.ndarray] = {}
    try:
        for key in keys:
            reference = said[key]
            numel = int.from_bytes(file.read(8), "little", signed=True)
            dtype = np.dtype(reference.kind.dtype).newbyteorder("<")
            # A slice of the map is a copy, so that no array holds on to the file.
            content = file[file.tell() : file.tell() + numel * dtype.itemsize]
            if numel != reference.numel or len(content) != numel * dtype.itemsize:
                raise ValueError
            file.seek(len(content), 1)
            storages[key] = np.frombuffer(content, dtype)
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise UserError(
            f"{path}: truncated, or a storage has another size than is said; save it again"
        ) from error

    def numbers(reference: StorageReference) -> np.ndarray:
        storage = storages[reference.key]
        if reference.kind is not said[reference.key].kind:
            raise ValueError("a storage is said to be of two types")
        return storage

    return rebuild_tensors(root, path, numbers)


def _unpickle(path: Path, file: mmap.mmap) -> Any:
    return read_pickle(file, path, {}, ADMITS)
