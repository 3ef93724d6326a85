"""Nearest neighbours under the learned similarity (section 3.4, Eq. 3)."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.graph.knn_approximate import approximate_lists
from a2bm2gl_tf.graph.knn_kernel import merge_columns, merge_rows

KNN_METHODS = ("exact", "faiss")

# Rows and columns of one block of similarities (16 MiB): large enough for the product to run at
# full speed, small enough to be still in the cache when it is read.
_BLOCK_ROWS, _BLOCK_COLUMNS = 1024, 4096


def cosine_neighbours(
    features: np.ndarray,
    head_weights: np.ndarray,
    present: np.ndarray,
    k: int,
    method: str = "exact",
) -> np.ndarray:
    r"""The k most similar items of each item, s_ij = mean_p cos(w_p * x_i, w_p * x_j).

    The mean of cosines is one inner product of concatenated heads, z_i = [w_p * x_i / |w_p * x_i|]
    / sqrt(heads). "exact" takes all of them, O(V^2 heads f) time: each pair once, for both items,
    in blocks whose entries are merged into the lists at once, so that memory is O(V (heads f + k)).
    "faiss" looks into a part of the items only; see `graph.knn_approximate`.

    Args:
      features: X, float32 (V, f).
      head_weights: w_p, float32 (heads, f).
      present: bool (V,); absent items neither have nor are neighbours.
      k: neighbours an item.
      method: one of `KNN_METHODS`.

    Returns:
      int32 (V, k), most similar first, ties by lower row, -1 where an item has fewer.

    Raises:
      UserError: for "faiss" where it is not installed.
      ValueError: for an unknown method.
    """
    methods = {"exact": _exact_lists, "faiss": approximate_lists}
    if method not in methods:
        raise ValueError(f"method is {method!r}; known: {KNN_METHODS}")
    rows = np.flatnonzero(present).astype(np.int32)
    result = np.full((len(features), k), -1, np.int32)
    kept = min(k, len(rows) - 1)
    if kept < 1:
        return result
    lists = methods[method](unit_vectors(features[rows], head_weights), kept)
    result[rows, :kept] = np.where(lists >= 0, rows[lists], -1)
    return result


def unit_vectors(features: np.ndarray, head_weights: np.ndarray) -> np.ndarray:
    """Z of `cosine_neighbours`, float32 (V, heads f): its products are the similarities."""
    parts = []
    for weights in head_weights:
        weighted = features * weights
        norms = np.linalg.norm(weighted, axis=1, keepdims=True)
        parts.append(np.divide(weighted, norms, out=np.zeros_like(weighted), where=norms > 0))
    return np.concatenate(parts, axis=1) / np.float32(np.sqrt(len(head_weights)))


def largest_similarity_change(features: np.ndarray, before: np.ndarray, after: np.ndarray) -> float:
    r"""An upper bound of max_ij |s_ij(after) - s_ij(before)| over all pairs, in O(V heads f).

    With z of unit length, |z_i . z_j - z'_i . z'_j| <= |z_i - z'_i| + |z_j - z'_j|.

    Args:
      features: X, float32 (V, f).
      before: w_p, float32 (heads, f).
      after: another w_p.
    """
    if np.array_equal(before, after) or len(features) < 2:
        return 0.0
    moved = unit_vectors(features, after) - unit_vectors(features, before)
    return float(np.partition(np.linalg.norm(moved, axis=1), -2)[-2:].sum())


def _exact_lists(vectors: np.ndarray, k: int) -> np.ndarray:
    """The k largest products of each row with the others, int32 (n, k)."""
    num_rows = len(vectors)
    values = np.full((num_rows, k), -np.inf, np.float32)
    candidates = np.full((num_rows, k), -1, np.int32)
    lowest = np.empty(num_rows, np.float32)
    threads = os.cpu_count() or 1

    def merge(kernel, parts: int, *arguments) -> None:
        scores, first_row, first_column, *lists = arguments
        borders = np.linspace(0, parts, threads + 1).astype(int)
        list(
            pool.map(
                lambda start, stop: kernel(scores, first_row, first_column, start, stop, *lists),
                borders[:-1],
                borders[1:],
            )
        )

    with (
        ThreadPoolExecutor(threads) as pool,
        progress_bar(num_rows, "item", "nearest neighbours") as bar,
    ):
        # Row blocks in ascending order bring every list its candidates in ascending order: first
        # from the blocks above the diagonal, transposed, then from the item's own block on.
        for top in range(0, num_rows, _BLOCK_ROWS):
            block = vectors[top : top + _BLOCK_ROWS]
            scores = block @ block.T
            merge(merge_rows, len(scores), scores, top, top, values, candidates)
            for left in range(top + len(block), num_rows, _BLOCK_COLUMNS):
                scores = block @ vectors[left : left + _BLOCK_COLUMNS].T
                merge(merge_rows, len(scores), scores, top, left, values, candidates)
                merge(merge_columns, scores.shape[1], scores, top, left, values, candidates, lowest)
            bar.update(len(block))
    return candidates


def neighbours_to_csr(indices: np.ndarray, values: np.ndarray | None = None) -> sp.csr_matrix:
    """Neighbour lists as a sparse matrix.

    Args:
      indices: int32 (V, k) neighbour rows, -1 for padding.
      values: float32 (V, k) weights of the edges; 1 if None.

    Returns:
      float32 CSR (V, V), sorted indices; row i holds the neighbours that i lists.
    """
    num_rows, k = indices.shape
    listed = indices >= 0
    rows = np.repeat(np.arange(num_rows), k).reshape(num_rows, k)[listed]
    data = np.ones(len(rows), np.float32) if values is None else values[listed]
    matrix = sp.csr_matrix((data, (rows, indices[listed])), shape=(num_rows, num_rows))
    matrix.sort_indices()
    return matrix
