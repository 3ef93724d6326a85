"""UltraGCN's edge weights on a kNN graph (Eq. 2's beta, as L_sem takes it over)."""

import numpy as np


def neighbour_edge_weights(neighbours: np.ndarray) -> np.ndarray:
    """beta_ij = (1 / d_i) sqrt((d_i + 1) / (d_j + 1)) of every listed neighbour.

    Args:
      neighbours: int32 (V, k) neighbour rows, -1 for padding. d_i is the number of neighbours that
        i lists, d_j the number of lists that j stands in, as row and column degrees are in Eq. 2.

    Returns:
      float32 (V, k), 0 at padding.
    """
    listed = neighbours >= 0
    out_degree = listed.sum(axis=1).astype(np.float64)
    in_degree = np.bincount(neighbours[listed], minlength=len(neighbours)).astype(np.float64)
    row_factor = np.sqrt(out_degree + 1) / np.maximum(out_degree, 1)
    beta = row_factor[:, None] / np.sqrt(in_degree[np.maximum(neighbours, 0)] + 1)
    return np.where(listed, beta, 0.0).astype(np.float32)
