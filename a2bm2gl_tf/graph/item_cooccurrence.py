"""Items that are consumed together: UltraGCN's item-item graph."""

import numpy as np
import scipy.sparse as sp

# Items whose co-occurrences are counted at a time; bounds memory to their rows of G.
_BLOCK_ITEMS = 1024


def cooccurrence_neighbours(train: sp.csr_matrix, k: int) -> tuple[np.ndarray, np.ndarray]:
    r"""The k items of largest omega_ij for each item i (Mao et al., UltraGCN, section 3).

      omega_ij = G_ij / (g_i - G_ii) sqrt(g_i / g_j),   G = A^T A,   g_i = sum_k G_ik

    G_ij counts the users that have both items; G_ii is left out of the choice.

    Args:
      train: A, (U, V) training interactions of value 1.
      k: neighbours an item.

    Returns:
      int64 (V, k) item rows, largest omega first, ties by lower row, -1 where fewer items occur
      together with it; and omega, float32 (V, k), 0 there.
    """
    by_user = sp.csr_matrix(train, dtype=np.float64)
    by_item = by_user.T.tocsr()
    num_items = by_item.shape[0]
    totals = by_item @ np.diff(by_user.indptr).astype(np.float64)
    with_others = totals - np.diff(by_item.indptr)
    neighbours = np.full((num_items, k), -1, np.int64)
    weights = np.zeros((num_items, k), np.float32)
    for start in range(0, num_items, _BLOCK_ITEMS):
        counts = (by_item[start : start + _BLOCK_ITEMS] @ by_user).tocsr()
        counts.sort_indices()
        for row, item in enumerate(range(start, start + counts.shape[0])):
            entries = slice(counts.indptr[row], counts.indptr[row + 1])
            others = counts.indices[entries] != item
            candidates = counts.indices[entries][others]
            if not len(candidates):
                continue
            together = counts.data[entries][others]
            omega = together / with_others[item] * np.sqrt(totals[item] / totals[candidates])
            best = np.argsort(-omega, kind="stable")[:k]
            neighbours[item, : len(best)] = candidates[best]
            weights[item, : len(best)] = omega[best]
    return neighbours, weights
