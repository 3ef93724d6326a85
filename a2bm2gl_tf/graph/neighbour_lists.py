"""The strongest entries of each row of a sparse graph."""

import numpy as np
import scipy.sparse as sp


def strongest_of_rows(matrix: sp.csr_matrix, top: int) -> sp.csr_matrix:
    """Keeps the largest entries of each row.

    Args:
      matrix: (n, m) weights.
      top: entries kept a row, lower columns first among equals.

    Returns:
      CSR (n, m) of the same type, strongest first within each row: its indices are not sorted.
    """
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((matrix.indices, -matrix.data, rows))
    kept = order[np.arange(matrix.nnz) - matrix.indptr[rows] < top]
    counts = np.minimum(np.diff(matrix.indptr), top)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    return sp.csr_matrix((matrix.data[kept], matrix.indices[kept], indptr), shape=matrix.shape)


def strongest_neighbours(graph: sp.csr_matrix, top: int, with_self: bool) -> np.ndarray:
    """One neighbour list a node, of the strongest entries of its row.

    Args:
      graph: (n, n) positive weights; the diagonal is passed over.
      top: neighbours kept a node.
      with_self: puts the node itself into the first slot, ahead of its neighbours.

    Returns:
      int64 (n, top + with_self), strongest first, ties by lower column, -1 for padding. Slots that
      no node fills are cut off, but for one.
    """
    graph = sp.csr_matrix(graph, copy=True)
    graph.setdiag(0)
    graph.eliminate_zeros()
    lists = neighbour_lists(graph, top)
    if not with_self:
        return lists
    if not graph.nnz:
        lists = lists[:, :0]
    return np.column_stack([np.arange(graph.shape[0]), lists])


def neighbour_lists(matrix: sp.csr_matrix, top: int) -> np.ndarray:
    """The columns of the strongest entries of each row.

    Args:
      matrix: (n, m) positive weights.
      top: entries kept a row.

    Returns:
      int64 (n, w), strongest first, ties by lower column, -1 for padding; w is the length of the
      longest list, 1 where all are empty.
    """
    return weighted_neighbour_lists(matrix, top)[0]


def weighted_neighbour_lists(matrix: sp.csr_matrix, top: int) -> tuple[np.ndarray, np.ndarray]:
    """`neighbour_lists` with the entries themselves, float32 (n, w), 0 at padding."""
    strongest = strongest_of_rows(matrix, top)
    degrees = np.diff(strongest.indptr)
    lists = np.full((matrix.shape[0], max(1, int(degrees.max(initial=0)))), -1, np.int64)
    weights = np.zeros(lists.shape, np.float32)
    filled = np.arange(lists.shape[1]) < degrees[:, None]
    lists[filled], weights[filled] = strongest.indices, strongest.data
    return lists, weights
