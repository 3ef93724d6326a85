"""Exact nearest neighbours under the learned similarity (section 3.4, Eq. 3)."""

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

# Floats in one block of similarities (256 MiB).
_BLOCK_ELEMENTS = 64 * 1024 * 1024


def cosine_neighbours(
    features: np.ndarray,
    head_weights: np.ndarray,
    present: np.ndarray,
    k: int,
    block_rows: int | None = None,
) -> np.ndarray:
    r"""The k most similar items of each item, s_ij = mean_p cos(w_p * x_i, w_p * x_j).

    The mean of cosines is one inner product of concatenated heads, z_i = [w_p * x_i / |w_p * x_i|]
    / sqrt(heads), so every block of rows is one dense product and a top-k: O(V^2 heads f) time and
    O(block V) memory.

    Args:
      features: X, float32 (V, f).
      head_weights: w_p, float32 (heads, f).
      present: bool (V,); absent items neither have nor are neighbours.
      k: neighbours an item.
      block_rows: items whose similarities are held at a time; chosen from a budget if None.

    Returns:
      int32 (V, k), most similar first, ties by lower row, -1 where an item has fewer.
    """
    num_items = len(features)
    rows = np.flatnonzero(present).astype(np.int32)
    result = np.full((num_items, k), -1, np.int32)
    kept = min(k, len(rows) - 1)
    if kept < 1:
        return result
    normalised = tf.constant(_concatenated_heads(features[rows], head_weights))
    size = block_rows or max(1, _BLOCK_ELEMENTS // len(rows))
    for start in range(0, len(rows), size):
        block = normalised[start : start + size]
        similarity = tf.matmul(block, normalised, transpose_b=True)
        places = tf.range(tf.shape(block)[0])
        itself = tf.stack([places, places + start], axis=1)
        similarity = tf.tensor_scatter_nd_update(
            similarity, itself, tf.fill(tf.shape(places), -np.inf)
        )
        chosen = tf.math.top_k(similarity, kept).indices.numpy()
        result[rows[start : start + size], :kept] = rows[chosen]
    return result


def _concatenated_heads(features: np.ndarray, head_weights: np.ndarray) -> np.ndarray:
    parts = []
    for weights in head_weights:
        weighted = features * weights
        norms = np.linalg.norm(weighted, axis=1, keepdims=True)
        parts.append(np.divide(weighted, norms, out=np.zeros_like(weighted), where=norms > 0))
    return np.concatenate(parts, axis=1) / np.float32(np.sqrt(len(head_weights)))


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
