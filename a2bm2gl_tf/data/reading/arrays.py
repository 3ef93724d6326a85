"""NumPy's .npy files, read without ever unpickling."""

import tokenize
from pathlib import Path
from typing import Any

import numpy as np

from a2bm2gl_tf.data.reading.paths import require_file
from a2bm2gl_tf.errors import UserError, reason_of

# What NumPy's header parser raises on a damaged file, besides ValueError.
_DAMAGED = (ValueError, TypeError, EOFError, OverflowError, SyntaxError, tokenize.TokenError)
# Version 3 differs in the names of fields alone, and structured arrays are of no use here.
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def load_array(path: Path) -> np.ndarray:
    """Reads one .npy file.

    Args:
      path: the file.

    Returns:
      The array, of any dtype but object, in memory.

    Raises:
      UserError: if the file is missing, truncated, longer than its header says, not .npy, or holds
        Python objects.
    """
    return np.array(map_array(path))


def map_array(path: Path) -> np.ndarray:
    """Maps one .npy file into memory, read-only, without reading it.

    Args:
      path: the file.

    Returns:
      The array, of any dtype but object.

    Raises:
      UserError: as `load_array`.
    """
    require_file(path)
    try:
        with path.open("rb") as file:
            shape, by_columns, dtype = read_header(file, path)
            offset = file.tell()
        if dtype.hasobject:
            raise UserError(
                f"{path}: holds Python objects, which could run code; save a plain numeric array"
            )
        # Mapping compares the size that the header claims with the file's before memory is taken.
        # The shape was checked before: on a negative one of a type of no bytes NumPy crashes.
        mapped = np.memmap(
            path, dtype, mode="r", offset=offset, shape=shape, order="F" if by_columns else "C"
        )
    except _DAMAGED as error:
        raise _damaged(path, error) from error
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}; make it readable") from error
    surplus = path.stat().st_size - mapped.offset - mapped.nbytes
    if surplus:
        raise UserError(
            f"{path}: {surplus} bytes follow the array that its header describes; save it again"
        )
    return np.asarray(mapped)


def read_header(file: Any, path: Path) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Reads the header of a .npy file and leaves `file` at the data behind it.

    Args:
      file: a file in memory or a memory map, at its start.
      path: the file it comes from, for messages.

    Returns:
      (shape, whether columns are stored one after the other, dtype).

    Raises:
      UserError: if it is truncated or no .npy file.
    """
    nested = False
    try:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"version {version} is unknown")
        shape, by_columns, dtype = _HEADERS[version](file)
    except _DAMAGED as error:
        raise _damaged(path, error) from error
    except (MemoryError, RecursionError):
        # So Python's parser says that something is nested too deeply; nothing was taken.
        nested = True
    if nested:
        raise _damaged(path, ValueError("its header is nested too deeply"))
    if not all(isinstance(side, int) and side >= 0 for side in shape):
        raise UserError(f"{path}: its header claims shape {shape}; download it again")
    return shape, by_columns, dtype


def _damaged(path: Path, error: Exception) -> UserError:
    return UserError(
        f"{path}: truncated or not a .npy file ({reason_of(error)}); download it again"
    )
