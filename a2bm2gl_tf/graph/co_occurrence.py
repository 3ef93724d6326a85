"""Items that the same users have met: X^T X, dense or as lists of neighbours."""

import numpy as np
import scipy.sparse as sp

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
    by_item = train.T.tocsr()
    norms = np.sqrt(np.diff(by_item.indptr).astype(np.float64))
    blocks = [
        _nearest(by_item[start : start + _BLOCK_ITEMS] @ train, start, norms, k, shrinkage)
        for start in range(0, train.shape[1], _BLOCK_ITEMS)
    ]
    return sp.vstack(blocks, format="csr", dtype=np.float32)


def _nearest(
    counts: sp.csr_matrix, first_row: int, norms: np.ndarray, k: int, shrinkage: float
) -> sp.csr_matrix:
    """The k largest similarities of each row of a block of co-occurrences."""
    rows = np.repeat(np.arange(counts.shape[0]), np.diff(counts.indptr))
    columns = counts.indices
    others = columns != rows + first_row
    rows, columns = rows[others], columns[others]
    values = counts.data[others] / (norms[rows + first_row] * norms[columns] + shrinkage)
    order = np.lexsort((columns, -values, rows))
    sorted_rows = rows[order]
    first_of_row = np.searchsorted(sorted_rows, np.arange(counts.shape[0]))
    kept = order[np.arange(len(order)) - first_of_row[sorted_rows] < k]
    nearest = sp.csr_matrix(
        (values[kept].astype(np.float32), (rows[kept], columns[kept])), shape=counts.shape
    )
    nearest.sort_indices()
    return nearest
