"""Items that the same users have met: X^T X, dense or as lists of neighbours."""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.graph.neighbour_lists import strongest_of_rows

# Items whose co-occurrences with all others are held at one time.
_BLOCK_ITEMS = 512


def dense_co_occurrence(train: sp.csr_matrix) -> np.ndarray:
    """X^T X, float32 (V, V), C-contiguous, filled in place by blocks of rows.

    Args:
      train: X, float32 CSR (U, V).
    """
    num_items = train.shape[1]
    by_item = train.T.tocsr()
    counts = np.empty((num_items, num_items), np.float32)
    for start in range(0, num_items, _BLOCK_ITEMS):
        block = slice(start, min(start + _BLOCK_ITEMS, num_items))
        counts[block] = (by_item[block] @ train).toarray()
    return counts


def co_occurrence_neighbours(train: sp.csr_matrix, k: int, shrinkage: float) -> sp.csr_matrix:
    r"""The k nearest items of each item, s_ij = c_ij / (sqrt(c_i c_j) + shrinkage).

    c_ij are the users that have met both, c_i those that have met i. The cosine is that of the
    columns of X; shrinkage draws similarities that few users vouch for towards 0.

    Args:
      train: X, float32 CSR (U, V) of ones.
      k: most neighbours an item; those of similarity 0 are none.
      shrinkage: of 0 or more.

    Returns:
      float32 CSR (V, V), sorted indices: row i holds s_ij at the neighbours j of i; ties go to the
      lower j.
    """
    norms = np.sqrt(np.bincount(train.indices, minlength=train.shape[1]).astype(np.float64))
    return _nearest(train, k, lambda i, j, both: both / (norms[i] * norms[j] + shrinkage))


def constraint_neighbours(train: sp.csr_matrix, k: int) -> sp.csr_matrix:
    r"""UltraGCN's item-item graph: the k items of largest omega_ij of each item i.

      omega_ij = c_ij / (g_i - c_i) sqrt(g_i / g_j),   g_i = sum_j c_ij, c_i itself among them

    (Mao et al., CIKM 2021, with G = X^T X.)

    Args:
      train: X, float32 CSR (U, V) of ones.
      k: most neighbours an item.

    Returns:
      float32 CSR (V, V), sorted indices: row i holds omega_ij at the neighbours j of i; ties go to
      the lower j.
    """
    by_item = train.T.tocsr()
    totals = by_item @ np.diff(train.indptr).astype(np.float64)
    with_others = totals - np.diff(by_item.indptr)

    def omega(i: np.ndarray, j: np.ndarray, both: np.ndarray) -> np.ndarray:
        return both / with_others[i] * np.sqrt(totals[i] / totals[j])

    return _nearest(train, k, omega)


def _nearest(
    train: sp.csr_matrix,
    k: int,
    similarity: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
) -> sp.csr_matrix:
    """The k largest similarities of each item with others, by item rows i, j and c_ij."""
    by_item = train.T.tocsr()
    blocks = []
    for start in range(0, train.shape[1], _BLOCK_ITEMS):
        counts = by_item[start : start + _BLOCK_ITEMS] @ train
        rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
        others = counts.indices != rows + start
        rows, columns = rows[others], counts.indices[others]
        values = similarity(rows + start, columns, counts.data[others].astype(np.float64))
        similarities = sp.csr_matrix((values, (rows, columns)), shape=counts.shape)
        blocks.append(strongest_of_rows(similarities, k))
    nearest = sp.vstack(blocks, format="csr", dtype=np.float32)
    nearest.sort_indices()
    return nearest
