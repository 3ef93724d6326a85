"""Inverse of a symmetric positive definite matrix in the memory of the matrix itself."""

import numpy as np
from scipy.linalg import lapack

from a2bm2gl_tf.data.reading.progress import progress_bar

_BLOCK_ROWS = 1024
# Smaller ones are done before a bar is worth drawing.
_ROWS_WORTH_A_BAR = 10_000


def invert_in_place(matrix: np.ndarray) -> None:
    r"""Replaces A by A^-1 without a second matrix, by block sweeps of its lower triangle.

    With k a block of rows and P = A_kk^-1, a sweep sets

      A_ij <- A_ij - A_ik P A_kj,    A_ik <- A_ik P,    A_kj <- P A_kj,    A_kk <- -P,

    and after a sweep of every block the array is -A^-1. All but P are products of narrow panels:
    n^3 multiplications and additions in all, and n block rows of memory beside the array. (LAPACK's
    potri needs no more of either, but OpenBLAS's crashes in its threads at 41,000 rows.)

    Args:
      matrix: A, float32 (n, n), C-contiguous, symmetric positive definite; changed in place, and
        left undefined where an error is raised. The upper triangle is not read.

    Raises:
      ValueError: the array is not of that kind.
      numpy.linalg.LinAlgError: A is not positive definite in float32.
    """
    if matrix.dtype != np.float32 or not matrix.flags.c_contiguous or not matrix.flags.writeable:
        raise ValueError("the matrix has to be a writeable, C-contiguous float32 array")
    starts = range(0, len(matrix), _BLOCK_ROWS)
    shown = len(matrix) >= _ROWS_WORTH_A_BAR
    with progress_bar(len(starts) if shown else 0, "block", "inverting") as bar:
        for start in starts:
            _sweep(matrix, start, min(start + _BLOCK_ROWS, len(matrix)))
            bar.update()
    for start in starts:
        stop = min(start + _BLOCK_ROWS, len(matrix))
        rows = matrix[start:stop, :stop]
        np.negative(rows, out=rows)
        diagonal = matrix[start:stop, start:stop]
        diagonal[:] = _symmetric(diagonal)
        matrix[:start, start:stop] = matrix[start:stop, :start].T


def _sweep(matrix: np.ndarray, start: int, stop: int) -> None:
    """One sweep; the block's rows to its left and columns below it are its panel."""
    pivot = _small_inverse(matrix[start:stop, start:stop], start)
    panel = np.zeros((len(matrix), stop - start), np.float32)
    panel[:start] = matrix[start:stop, :start].T
    panel[stop:] = matrix[stop:, start:stop]
    scaled = panel @ pivot
    for top in range(0, len(matrix), _BLOCK_ROWS):
        end = min(top + _BLOCK_ROWS, len(matrix))
        # The panel is 0 at the block itself, whose rows and columns stay as they are here.
        matrix[top:end, :end] -= scaled[top:end] @ panel[:end].T
    matrix[start:stop, :start] = scaled[:start].T
    matrix[stop:, start:stop] = scaled[stop:]
    matrix[start:stop, start:stop] = -pivot


def _small_inverse(block: np.ndarray, first_row: int) -> np.ndarray:
    """The inverse of a diagonal block, from its lower triangle, symmetric float32."""
    factor, failed_at = lapack.spotrf(block, lower=1, clean=1)
    if failed_at:
        row = first_row + failed_at - 1
        raise np.linalg.LinAlgError(f"not positive definite at row {row}")
    inverse, failed_at = lapack.spotri(factor, lower=1)
    if failed_at:
        raise np.linalg.LinAlgError(f"singular at row {first_row + failed_at - 1}")
    return _symmetric(inverse)


def _symmetric(matrix: np.ndarray) -> np.ndarray:
    """The symmetric matrix whose lower triangle is this one's."""
    lower = np.tril(matrix)
    return lower + np.tril(lower, -1).T
