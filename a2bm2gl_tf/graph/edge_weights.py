"""UltraGCN's edge weights beta (Eq. 2), on interactions and on kNN graphs."""

import numpy as np
import scipy.sparse as sp


def ultragcn_edge_weights(train: sp.csr_matrix) -> np.ndarray:
    """beta_{u,v} = (1 / d_u) sqrt((d_u + 1) / (d_v + 1)) of every interaction (Eq. 2).

    Args:
      train: (U, V) training interactions; row degrees are d_u, column degrees d_v.

    Returns:
      float32 (nnz,), in the order of `train.indices`.
    """
    row_degrees = np.diff(train.indptr)
    column_degrees = np.bincount(train.indices, minlength=train.shape[1])
    edge_rows = np.repeat(row_degrees, row_degrees).astype(np.float64)
    ratio = (edge_rows + 1) / (column_degrees[train.indices] + 1)
    return (np.sqrt(ratio) / edge_rows).astype(np.float32)


def neighbour_edge_weights(neighbours: np.ndarray) -> np.ndarray:
    """beta_ij of every listed neighbour, as L_sem takes Eq. 2 over to a kNN graph.

    Args:
      neighbours: int32 (V, k) neighbour rows, -1 for padding. d_i is the number of neighbours that
        i lists, d_j the number of lists that j stands in.

    Returns:
      float32 (V, k), 0 at padding.
    """
    listed = neighbours >= 0
    out_degree = listed.sum(axis=1).astype(np.float64)
    in_degree = np.bincount(neighbours[listed], minlength=len(neighbours)).astype(np.float64)
    row_factor = np.sqrt(out_degree + 1) / np.maximum(out_degree, 1)
    beta = row_factor[:, None] / np.sqrt(in_degree[np.maximum(neighbours, 0)] + 1)
    return np.where(listed, beta, 0.0).astype(np.float32)
