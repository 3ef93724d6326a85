"""Normalised nearest-neighbour graphs of items by their features, the item itself included."""

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.graph.knn import cosine_neighbours, neighbours_to_csr, unit_vectors


def most_similar_with_self(
    features: np.ndarray, present: np.ndarray, k: int, method: str = "exact"
) -> np.ndarray:
    """The k items of largest cosine with each item, the item itself first.

    An item is its own most similar one, so top-k of a row of similarities takes k - 1 others.

    Args:
      features: X, float32 (V, f).
      present: bool (V,); absent items neither have nor are neighbours.
      k: entries an item, 1 or more.
      method: see `graph.knn.KNN_METHODS`.

    Returns:
      int32 (V, k), -1 where an item has fewer.
    """
    plain = np.ones((1, features.shape[1]), np.float32)
    others = cosine_neighbours(features, plain, present, k - 1, method)
    itself = np.where(present, np.arange(len(features)), -1).astype(np.int32)
    return np.concatenate([itself[:, None], others], axis=1)


def normalised_item_graph(
    features: np.ndarray,
    present: np.ndarray,
    k: int,
    weighted: bool = True,
    method: str = "exact",
) -> sp.csr_matrix:
    """D^-1/2 S D^-1/2 of the k most similar items of each, D the row sums of S.

    Args:
      features: X, float32 (V, f).
      present: bool (V,).
      k: entries an item, itself among them.
      weighted: S holds the cosines, negative ones as 0 (LATTICE); otherwise ones (FREEDOM).
      method: see `graph.knn.KNN_METHODS`.

    Returns:
      float32 CSR (V, V), sorted indices; row i holds the items that i lists, so that it need not
      be symmetric. An absent item has a zero row and column.
    """
    lists = most_similar_with_self(features, present, k, method)
    values = _cosines(features, lists) if weighted else np.ones(lists.shape, np.float32)
    graph = neighbours_to_csr(lists, values)
    degrees = np.asarray(graph.sum(axis=1), np.float64).ravel()
    scale = np.zeros_like(degrees)
    np.divide(1.0, np.sqrt(degrees), out=scale, where=degrees > 0)
    normalised = (sp.diags(scale) @ graph @ sp.diags(scale)).tocsr().astype(np.float32)
    normalised.sort_indices()
    return normalised


def _cosines(features: np.ndarray, lists: np.ndarray) -> np.ndarray:
    """Cosines along the lists, at least 0; a slot at a time, or (V, k, f) values would exist."""
    unit = unit_vectors(features, np.ones((1, features.shape[1]), np.float32))
    columns = [np.einsum("vf,vf->v", unit, unit[np.maximum(slot, 0)]) for slot in lists.T]
    return np.maximum(np.stack(columns, axis=1), 0.0)
