"""Prepared data as a directory: arrays as .npy files, titles and a manifest as JSON.

The same data and library versions give the same bytes on every machine: no times, no absolute
paths, sorted keys, little-endian arrays under version 1.0 of the .npy header.
"""

import hashlib
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from a2bm2gl_tf import __version__
from a2bm2gl_tf.data.preparation.layout import (
    MANIFEST,
    SCHEMA_VERSION,
    TITLES,
    array_files,
    statistic_file,
)
from a2bm2gl_tf.data.preparation.result import Prepared, count
from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.directories import atomic_directory
from a2bm2gl_tf.errors import UserError

# What any preparation rests on; encoders name what else they use.
_LIBRARIES = ("numpy", "scipy", "pyarrow")
_LONGEST_ID = 255
_BLOCK_BYTES = 2**22


def check_target(directory: Path, *, overwrite: bool) -> None:
    """Refuses a directory that prepared data must not be written to.

    Raises:
      UserError: if it exists and may not be overwritten, or holds something other than prepared
        data.
    """
    above = next(parent for parent in directory.absolute().parents if parent.exists())
    if not above.is_dir():
        raise UserError(f"--output_dir={directory}: {above} is a file; give another directory")
    if not directory.exists():
        return
    if not directory.is_dir():
        raise UserError(f"--output_dir={directory}: is a file; give a directory that is to be made")
    if any(directory.iterdir()):
        if not (directory / MANIFEST).is_file():
            raise UserError(
                f"--output_dir={directory}: holds something other than prepared data and is left "
                "alone; give another"
            )
        if not overwrite:
            raise UserError(
                f"--output_dir={directory}: exists already; give another, or --overwrite"
            )


def write_prepared(directory: Path, prepared: Prepared, *, overwrite: bool = False) -> None:
    """Writes prepared data, the whole directory or none of it.

    Everything is written into a hidden directory beside the target, flushed, and renamed.

    Args:
      directory: where it belongs; its parents are created.
      prepared: the data; its record becomes part of the manifest.
      overwrite: whether prepared data that is there already is replaced.

    Raises:
      UserError: if the directory is taken, an id cannot be stored, or the disk does not take the
        files.
    """
    check_target(directory, overwrite=overwrite)
    arrays = _arrays(prepared)
    try:
        with atomic_directory(directory) as folder:
            files = {}
            total = sum(array.nbytes for array in arrays.values())
            with progress_bar(total, "B", "writing") as bar:
                for name, array in arrays.items():
                    files[name] = _write_array(folder / name, array, bar)
            if prepared.titles is not None:
                files[TITLES] = _write_json(folder / TITLES, list(prepared.titles))
            manifest = prepared.record | {
                "schema_version": SCHEMA_VERSION,
                "counts": count(prepared),
                "files": files,
                "library_versions": _library_versions(prepared),
            }
            _write_json(folder / MANIFEST, manifest)
    except OSError as error:
        raise UserError(
            f"--output_dir={directory}: {error.strerror or error}; nothing was written; make room "
            "or give another directory"
        ) from error


def fixed_width(ids: np.ndarray, kind: str) -> np.ndarray:
    """Ids as little-endian int64 or fixed-width text, which .npy files hold without pickling.

    Args:
      ids: int64 or object of str.
      kind: "user" or "item", for messages.

    Raises:
      UserError: if a text is too long for that, or ends in the character that pads it.
    """
    if ids.dtype.kind == "i":
        return ids.astype("<i8")
    texts = ids.tolist()
    for text in texts:
        if len(text) > _LONGEST_ID:
            raise UserError(
                f"{kind} id {text[:20]!r}...: has {len(text)} characters, more than {_LONGEST_ID}; "
                "is it the right column?"
            )
        if text.endswith("\0"):
            raise UserError(f"{kind} id {text!r}: ends in a NUL character; remove it")
    width = max(1, max(map(len, texts), default=1))
    return np.array(texts, f"<U{width}")


def _arrays(prepared: Prepared) -> dict[str, np.ndarray]:
    """File name -> array, in the types of the layout."""
    sources = {
        "users.npy": prepared.users,
        "items.npy": prepared.items,
        "parts.npy": prepared.parts,
        "values.npy": prepared.values,
        "times.npy": prepared.times,
        "user_ids.npy": fixed_width(prepared.user_ids, "user"),
        "item_ids.npy": fixed_width(prepared.item_ids, "item"),
    }
    for modality in prepared.modalities:
        features, mask = array_files(modality.name)
        sources[features] = modality.features
        sources[mask] = modality.present
        for name, values in prepared.statistics[modality.name].items():
            sources[statistic_file(modality.name, name)] = values
    return {
        name: np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
        for name, array in sources.items()
        if array is not None
    }


class _Hashing:
    """A file that keeps the size and the hash of what is written to it."""

    def __init__(self, file: BinaryIO):
        self._file = file
        self._digest = hashlib.sha256()
        self._size = 0

    def write(self, data: bytes) -> int:
        """Writes all of `data`."""
        self._file.write(data)
        self._digest.update(data)
        self._size += len(data)
        return len(data)

    def entry(self) -> dict[str, Any]:
        """What the manifest says of the file."""
        return {"bytes": self._size, "sha256": self._digest.hexdigest()}


def _write_array(path: Path, array: np.ndarray, bar: Any) -> dict[str, Any]:
    path.parent.mkdir(exist_ok=True)
    header = {
        "descr": np.lib.format.dtype_to_descr(array.dtype),
        "fortran_order": False,
        "shape": array.shape,
    }
    with path.open("wb") as opened:
        file = _Hashing(opened)
        np.lib.format.write_array_header_1_0(file, header)
        data = memoryview(array.reshape(-1).view(np.uint8))
        for start in range(0, len(data), _BLOCK_BYTES):
            bar.update(file.write(data[start : start + _BLOCK_BYTES]))
    return file.entry()


def _write_json(path: Path, value: Any) -> dict[str, Any]:
    with path.open("wb") as opened:
        file = _Hashing(opened)
        text = json.dumps(value, indent=2, sort_keys=True, allow_nan=False)
        file.write(f"{text}\n".encode("ascii"))
    return file.entry()


def _library_versions(prepared: Prepared) -> dict[str, str]:
    """Versions of what can change the bytes; of Python's own, the patch level cannot."""
    versions = {"a2bm2gl_tf": __version__, "python": "{}.{}".format(*sys.version_info)}
    encoding = {name for entry in prepared.record["modalities"] for name in entry["libraries"]}
    for name in sorted({*_LIBRARIES, *encoding}):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
