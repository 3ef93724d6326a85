"""Feature vectors as files hold them, one a row."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.reading.arrays import load_array
from a2bm2gl_tf.errors import UserError


def load_real_rows(path: Path) -> np.ndarray:
    """Reads a .npy file of one feature vector a row.

    Args:
      path: the file; real numbers (n, f) of any width.

    Returns:
      float32 (n, f), finite.

    Raises:
      UserError: if it is damaged, not such an array, or a row does not fit finite float32.
    """
    return real_rows(path, load_array(path))


def real_rows(path: Path, values: np.ndarray) -> np.ndarray:
    """Checks that an array is one feature vector a row.

    Args:
      path: where it was read from, for messages.
      values: the array.

    Returns:
      float32 (n, f), finite.

    Raises:
      UserError: if it is not such an array, or a row does not fit finite float32.
    """
    return finite_rows(path, require_real_table(path, values))


def require_real_table(path: Path, values: np.ndarray) -> np.ndarray:
    """Returns `values` if they are real numbers (n, f) with n and f of 1 or more.

    Raises:
      UserError: naming the file they were read from.
    """
    if values.dtype.kind not in "fiu" or values.ndim != 2 or 0 in values.shape:
        raise UserError(
            f"{path}: holds {values.dtype} of shape {values.shape}; "
            "give real numbers, one row an item"
        )
    return values


def finite_rows(
    path: Path, values: np.ndarray, present: np.ndarray | None = None, remedy: str = "mend it"
) -> np.ndarray:
    """Feature vectors as float32.

    Args:
      path: where they were read from, for the message.
      values: real numbers (n, f).
      present: bool (n,); rows where it is false become zero whatever they hold. None keeps all.
      remedy: what to do about a row that is not finite.

    Returns:
      float32 (n, f), finite; `values` itself where that serves.

    Raises:
      UserError: naming the first row that does not fit finite float32.
    """
    # A number beyond float32's range turns into an infinity, which is reported just below.
    with np.errstate(over="ignore"):
        rows = values.astype(np.float32, copy=present is not None)
    if present is not None:
        rows[~present] = 0
    finite = np.isfinite(rows).all(axis=1)
    if not finite.all():
        raise UserError(
            f"{path}: row {finite.argmin() + 1} holds NaN, an infinity or a number beyond float32; "
            f"{remedy}"
        )
    return rows
