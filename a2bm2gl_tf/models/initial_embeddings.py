"""Embeddings to start training from that reproduce a linear model's scores."""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, aslinearoperator, svds

from a2bm2gl_tf.models.baselines.ease import EaseSettings, ease_weights


def _interactions(train: sp.csr_matrix) -> LinearOperator:
    return aslinearoperator(train)


def _ease(train: sp.csr_matrix) -> LinearOperator:
    weights = ease_weights(train, EaseSettings().regularisation)
    return aslinearoperator(train) @ aslinearoperator(weights)


# Name -> the scores, (U, V), that the embeddings come from.
SOURCES: dict[str, Callable[[sp.csr_matrix], LinearOperator]] = {
    "svd": _interactions,
    "ease": _ease,
}


def spectral_embeddings(train: sp.csr_matrix, dimension: int, source: str, seed: int) -> np.ndarray:
    r"""E with E_u.E_v the best approximation of rank d to some scores S.

    With the largest singular values in S ~ P diag(s) Q^T: E_u = sqrt(s) P_u, E_v = sqrt(s) Q_v.
    S is the training matrix ("svd"), or what EASE of its default regularisation makes of it
    ("ease"). Components beyond the rank that the matrix can have are 0.

    Args:
      train: training interactions, CSR (U, V) of ones.
      dimension: d.
      source: name in `SOURCES`.
      seed: integer seed of the iteration's first vector.

    Returns:
      float32 (U + V, d), users first.

    Raises:
      UserError: where EASE does not fit the machine.
    """
    scores = SOURCES[source](train.astype(np.float64))
    smaller = min(train.shape)
    rank = min(dimension, smaller - 1)
    embeddings = np.zeros((sum(train.shape), dimension), np.float32)
    if rank < 1 or not train.nnz:
        return embeddings
    start = np.random.default_rng(seed).normal(size=smaller)
    left, values, right = svds(scores, k=rank, v0=start)
    roots = np.sqrt(np.maximum(values, 0))
    embeddings[:, :rank] = np.concatenate([left * roots, right.T * roots])
    return embeddings
