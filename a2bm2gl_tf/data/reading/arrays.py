"""NumPy's .npy files, read without ever unpickling."""

import tokenize
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.reading.paths import require_file
from a2bm2gl_tf.errors import UserError

# What NumPy's header parser raises on a damaged file, besides ValueError.
_DAMAGED = (ValueError, TypeError, EOFError, OverflowError, SyntaxError, tokenize.TokenError)


def load_array(path: Path) -> np.ndarray:
    """Reads one .npy file.

    Args:
      path: the file.

    Returns:
      The array, of any dtype but object, in memory.

    Raises:
      UserError: if the file is missing, truncated, not .npy, or holds Python objects.
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
        # Mapping compares the size that the header claims with the file's before memory is taken.
        return np.asarray(np.lib.format.open_memmap(path, mode="r"))
    except _DAMAGED as error:
        if "Python objects" in str(error):
            raise UserError(
                f"{path}: holds Python objects, which could run code; save a plain numeric array"
            ) from error
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UserError(
            f"{path}: truncated or not a .npy file ({reason}); download it again"
        ) from error
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}; make it readable") from error
