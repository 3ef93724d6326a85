"""Inverse of a symmetric positive definite matrix in the memory of the matrix itself."""

import numpy as np
from scipy.linalg import lapack

_BLOCK_ROWS = 1024


def invert_in_place(matrix: np.ndarray) -> None:
    r"""Replaces A by A^-1 by way of its Cholesky factor; no second matrix is formed.

    LAPACK's potrf and potri work in one triangle; the other is filled from it block by block.

    Args:
      matrix: A, float32 (n, n), C-contiguous, symmetric positive definite; changed in place, and
        left undefined where an error is raised.

    Raises:
      ValueError: the array is not of that kind.
      numpy.linalg.LinAlgError: A is not positive definite in float32.
    """
    if matrix.dtype != np.float32 or not matrix.flags.c_contiguous or not matrix.flags.writeable:
        raise ValueError("the matrix has to be a writeable, C-contiguous float32 array")
    # LAPACK counts columns first: seen so, the transpose is the array as it lies in memory.
    columns_first = matrix.T
    factor, failed_at = lapack.spotrf(columns_first, lower=1, clean=0, overwrite_a=1)
    if failed_at:
        raise np.linalg.LinAlgError(f"not positive definite at row {failed_at - 1}")
    inverse, failed_at = lapack.spotri(factor, lower=1, overwrite_c=1)
    if failed_at:
        raise np.linalg.LinAlgError(f"singular at row {failed_at - 1}")
    if not np.shares_memory(inverse, matrix):
        raise AssertionError("LAPACK worked on a copy")
    _mirror_upper_triangle(matrix)


def _mirror_upper_triangle(matrix: np.ndarray) -> None:
    for start in range(0, len(matrix), _BLOCK_ROWS):
        stop = min(start + _BLOCK_ROWS, len(matrix))
        diagonal = matrix[start:stop, start:stop]
        upper = np.triu(diagonal)
        diagonal[:] = upper + np.triu(upper, 1).T
        matrix[stop:, start:stop] = matrix[start:stop, stop:].T
