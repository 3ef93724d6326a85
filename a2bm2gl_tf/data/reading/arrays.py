"""NumPy's .npy files, read without ever unpickling."""

import tokenize
from pathlib import Path
from typing import BinaryIO

import numpy as np

from a2bm2gl_tf.data.reading.paths import require_file
from a2bm2gl_tf.errors import UserError

# What NumPy's header parser raises on a damaged file, besides ValueError.
DAMAGED = (ValueError, TypeError, EOFError, OverflowError, SyntaxError, tokenize.TokenError)


def load_array(path: Path) -> np.ndarray:
    """Reads one .npy file.

    Args:
      path: the file.

    Returns:
      The array, of any dtype but object, in memory.

    Raises:
      UserError: if the file is missing, truncated, not .npy, or holds Python objects.
    """
    require_file(path)
    try:
        # Mapping compares the size that the header claims with the file's before memory is taken.
        return np.array(np.lib.format.open_memmap(path, mode="r"))
    except DAMAGED as error:
        raise damaged_array(path, error) from error
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}; make it readable") from error


def read_header(file: BinaryIO) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and dtype that a .npy file claims; leaves the file where its data begin.

    Raises:
      One of `DAMAGED`: if there is no valid header.
    """
    version = np.lib.format.read_magic(file)
    readers = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    if version not in readers:
        raise ValueError(f"version {version} of the format")
    shape, _, dtype = readers[version](file)
    return shape, dtype


def damaged_array(path: Path, error: Exception) -> UserError:
    """What to tell the user of a file that NumPy cannot read."""
    if "Python objects" in str(error):
        return UserError(
            f"{path}: holds Python objects, which could run code; save a plain numeric array"
        )
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return UserError(f"{path}: truncated or not a .npy file ({reason}); download it again")
