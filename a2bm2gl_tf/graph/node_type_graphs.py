"""Random surfing that ends on nodes of the type where it began: a graph of users, one of items."""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.neighbour_lists import strongest_of_rows
from a2bm2gl_tf.graph.surfing import power_weights

# Rows surfed from at once.
_BLOCK_ROWS = 1024


def node_type_graphs(
    train: sp.csr_matrix, hops: int, alpha: float, top: int, beam: int | None = None
) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    r"""The blocks M^(uu) and M^(vv) of M = sum_{k=0..hops} A_k, thinned out, rows scaled to sum 1.

    A_k = alpha A_{k-1} A + (1 - alpha) I surfs the user-item graph with row-normalised transitions
    A (Cai et al., MM 2022, Eq. 5, after the same authors' HGCL). A is bipartite, so that M =
    sum_j w_j A^j (`power_weights`) reaches nodes of the same type by its even powers alone.

    Args:
      train: (U, V) training interactions.
      hops: number of transitions; fewer than 2 would leave every node by itself.
      alpha: probability of going on.
      top: entries kept a row of the result, the node itself, which is often the largest, among
        them.
      beam: entries that surfing goes on from after each transition; None is exact.

    Returns:
      float32 CSR (U, U) and (V, V), sorted indices; a node without interactions has itself alone.

    Raises:
      UserError: for too few hops.
    """
    if hops < 2:
        raise UserError(f"--hops={hops}: nodes of the same type are 2 hops apart; give 2 or more")
    to_items, to_users = _row_normalised(train), _row_normalised(train.T.tocsr())
    weights = power_weights(hops, alpha)[::2]
    return tuple(
        sp.vstack(list(_surfed(there, back, weights, top, beam)), format="csr")
        for there, back in ((to_items, to_users), (to_users, to_items))
    )


def _surfed(
    there: sp.csr_matrix, back: sp.csr_matrix, weights: np.ndarray, top: int, beam: int | None
) -> Iterator[sp.csr_matrix]:
    """The rows of sum_j weights_j (there back)^j in blocks, thinned out and normalised."""
    start_points = sp.identity(there.shape[0], format="csr")
    for first in range(0, there.shape[0], _BLOCK_ROWS):
        reached = start_points[first : first + _BLOCK_ROWS]
        total = weights[0] * reached
        for weight in weights[1:]:
            reached = _pruned(_pruned(reached, beam) @ there, beam) @ back
            total = total + weight * reached
        block = _row_normalised(strongest_of_rows(total.tocsr(), top)).astype(np.float32)
        block.sort_indices()
        yield block


def _pruned(matrix: sp.csr_matrix, beam: int | None) -> sp.csr_matrix:
    return matrix if beam is None else strongest_of_rows(matrix.tocsr(), beam)


def _row_normalised(matrix: sp.csr_matrix) -> sp.csr_matrix:
    totals = np.asarray(matrix.sum(axis=1), np.float64).ravel()
    scale = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    return (sp.diags(scale) @ matrix).tocsr()
