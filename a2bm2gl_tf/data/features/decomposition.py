"""Truncated singular value decomposition with fixed signs, the same whenever it is computed."""

import dataclasses

import numpy as np
import scipy.sparse as sp

# Subspace iterations of the randomised method; the error falls as (s_{k+1} / s_k)^(2 q + 1).
_ITERATIONS = 10

# Below this part of the largest, a singular value is what rounding leaves: scaling columns to unit
# variance would blow its noise up to the size of the rest. float32 rows resolve no more either.
_NEGLIGIBLE = 1e-6

# Entries this close in size are equal as far as the choice of a sign goes.
_TIE = 1e-6


@dataclasses.dataclass(frozen=True)
class Decomposition:
    """X ~ rows @ components, of rank r.

    Attributes:
      rows: float64 (n, r), left singular vectors times singular values.
      components: float64 (r, W), orthonormal rows; of the largest entries of each, the first is
        positive.
      explained: part of the squared Frobenius norm of X that the rank-r product keeps.
    """

    rows: np.ndarray
    components: np.ndarray
    explained: float


def truncated_svd(matrix: sp.csr_matrix | np.ndarray, dimension: int, seed: int) -> Decomposition:
    """Decomposes a matrix by randomised subspace iteration (Halko, Martinsson and Tropp, 2011).

    Dense products run on one thread: their last bits depend on how the work is shared out. ARPACK
    would be no alternative, since it restarts from unseeded vectors when a matrix has low rank.

    Args:
      matrix: float64 (n, W), not all zero.
      dimension: largest rank.
      seed: seed of the random start.

    Returns:
      The decomposition, r at most `dimension` and at most the numerical rank; r is `dimension`
      where the rank allows it.
    """
    from sklearn.utils.extmath import randomized_svd
    from threadpoolctl import threadpool_limits

    rank = min(dimension, *matrix.shape)
    with threadpool_limits(1, user_api="blas"):
        left, values, components = randomized_svd(
            matrix,
            rank,
            n_oversamples=max(10, rank // 4),
            n_iter=_ITERATIONS,
            power_iteration_normalizer="QR",
            transpose=False,
            flip_sign=False,
            random_state=seed,
        )
    kept = values > _NEGLIGIBLE * values[0]
    components = components[kept]
    sizes = np.abs(components)
    leading = (sizes >= (1 - _TIE) * sizes.max(axis=1, keepdims=True)).argmax(axis=1)
    signs = np.sign(components[np.arange(len(components)), leading])
    entries = matrix.data if sp.issparse(matrix) else matrix
    return Decomposition(
        rows=left[:, kept] * (values[kept] * signs),
        components=components * signs[:, None],
        explained=float(np.square(values[kept]).sum() / np.square(entries).sum()),
    )
