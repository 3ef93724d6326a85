"""Degree-sensitive pruning of the interactions (FREEDOM)."""

import numpy as np
import scipy.sparse as sp


def edge_keep_weights(train: sp.csr_matrix) -> np.ndarray:
    """1 / (sqrt(d_u) sqrt(d_v)) of each interaction: edges of popular nodes are kept less often.

    Args:
      train: (U, V) training interactions.

    Returns:
      float64 (nnz,), in the order of `train.indices`.
    """
    user_degrees = np.diff(train.indptr).astype(np.float64)
    item_degrees = np.bincount(train.indices, minlength=train.shape[1])
    of_users = np.repeat(user_degrees, np.diff(train.indptr))
    return 1.0 / np.sqrt(of_users * item_degrees[train.indices])


def sample_edges(
    train: sp.csr_matrix, weights: np.ndarray, count: int, rng: np.random.Generator
) -> sp.csr_matrix:
    """Draws interactions one after another without replacement, with probability by weight.

    Successive draws are equivalent to taking the smallest of independent exponential times whose
    rates are the weights, which needs no loop.

    Args:
      train: (U, V) training interactions.
      weights: float64 (nnz,), positive, in the order of `train.indices`.
      count: edges to keep, 0 to nnz.
      rng: the generator; one exponential an edge is drawn from it.

    Returns:
      float32 CSR (U, V) of ones, sorted indices, `count` entries.
    """
    kept = np.zeros(train.nnz, bool)
    if count:
        times = rng.exponential(size=train.nnz) / weights
        kept[np.argpartition(times, count - 1)[:count]] = True
    before = np.concatenate([[0], np.cumsum(kept)])
    return sp.csr_matrix(
        (np.ones(count, np.float32), train.indices[kept], before[train.indptr]), shape=train.shape
    )
