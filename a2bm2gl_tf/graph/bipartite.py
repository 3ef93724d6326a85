"""The user-item graph and its normalisations (section 3.3)."""

import numpy as np
import scipy.sparse as sp


def bipartite_adjacency(train: sp.csr_matrix) -> sp.csr_matrix:
    """The symmetric adjacency B of users and items, users first.

    Args:
      train: (U, V) training interactions.

    Returns:
      float32 CSR (U + V, U + V), sorted indices.
    """
    adjacency = sp.bmat([[None, train], [train.T, None]], format="csr", dtype=np.float32)
    adjacency.sort_indices()
    return adjacency


def normalised_adjacency(train: sp.csr_matrix) -> sp.csr_matrix:
    """D^-1/2 (B + I) D^-1/2 with D the degrees plus one: the propagation of Eq. 1.

    A node without an edge keeps itself with weight 1.

    Args:
      train: (U, V) training interactions.

    Returns:
      float32 CSR (N, N), N = U + V, symmetric, sorted indices.
    """
    adjacency = bipartite_adjacency(train)
    with_loops = adjacency + sp.identity(adjacency.shape[0], dtype=np.float32, format="csr")
    return _symmetrically_normalised(with_loops)


def lightgcn_adjacency(train: sp.csr_matrix) -> sp.csr_matrix:
    """D^-1/2 B D^-1/2 without self-loops (LightGCN); a node without an edge has a zero row.

    Args:
      train: (U, V) training interactions.

    Returns:
      float32 CSR (N, N), N = U + V, symmetric, sorted indices.
    """
    return _symmetrically_normalised(bipartite_adjacency(train))


def mean_adjacency(train: sp.csr_matrix) -> sp.csr_matrix:
    """D^-1 B: a product with it is the mean over a node's neighbours, 0 where there are none.

    Args:
      train: (U, V) training interactions.

    Returns:
      float32 CSR (N, N), N = U + V, sorted indices.
    """
    adjacency = bipartite_adjacency(train)
    degrees = np.asarray(adjacency.sum(axis=1), np.float64).ravel()
    scale = np.zeros_like(degrees)
    np.divide(1.0, degrees, out=scale, where=degrees > 0)
    mean = (sp.diags(scale) @ adjacency).tocsr().astype(np.float32)
    mean.sort_indices()
    return mean


def _symmetrically_normalised(adjacency: sp.csr_matrix) -> sp.csr_matrix:
    degrees = np.asarray(adjacency.sum(axis=1), np.float64).ravel()
    scale = np.zeros_like(degrees)
    np.divide(1.0, np.sqrt(degrees), out=scale, where=degrees > 0)
    normalised = (sp.diags(scale) @ adjacency @ sp.diags(scale)).tocsr().astype(np.float32)
    normalised.sort_indices()
    return normalised
