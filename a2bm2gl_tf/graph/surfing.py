"""Random surfing with restart over a graph (section 3.5, Eq. 5)."""

import dataclasses
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.surfing_kernel import surf_rows

# Non-zeros of M that the small-graph reference may hold.
LARGEST_SUPPORT = 20_000_000
# Rows a thread surfs before it takes the next ones.
_ROWS_A_TASK = 1024


@dataclasses.dataclass(frozen=True)
class Neighbourhood:
    """The strongest entries of each row of M.

    Attributes:
      indices: int32 (N, m) columns, strongest first, ties by lower column; -1 for padding.
      weights: float32 (N, m), M at those columns, 0 at padding.
      dropped_mass: the largest L1 error of a row of M by pruning, out of hops + 1; no entry lacks
        more. 0.0 where nothing was pruned.
    """

    indices: np.ndarray
    weights: np.ndarray
    dropped_mass: float


def transition_matrix(adjacency: sp.csr_matrix) -> sp.csr_matrix:
    """The row-normalised transitions A of Eq. 5; a node without an edge stays where it is.

    Args:
      adjacency: (N, N) non-negative weights.

    Returns:
      float64 CSR (N, N) with rows that sum to 1.
    """
    adjacency = sp.csr_matrix(adjacency, dtype=np.float64)
    totals = np.asarray(adjacency.sum(axis=1)).ravel()
    stuck = totals == 0
    scale = np.where(stuck, 0.0, 1.0 / np.where(stuck, 1.0, totals))
    return (sp.diags(scale) @ adjacency + sp.diags(stuck.astype(np.float64))).tocsr()


def power_weights(hops: int, alpha: float) -> np.ndarray:
    r"""The coefficients w of M = sum_j w_j A^j, which add up to hops + 1.

    A_k = alpha^k A^k + (1 - alpha) sum_{j < k} alpha^j A^j solves Eq. 5, so
    w_j = alpha^j (1 + (1 - alpha) (hops - j)).

    Args:
      hops: number of transitions.
      alpha: probability of going on.

    Returns:
      float64 (hops + 1,).
    """
    j = np.arange(hops + 1)
    return alpha**j * (1.0 + (1.0 - alpha) * (hops - j))


def top_m_neighbours(
    adjacency: sp.csr_matrix,
    hops: int,
    alpha: float,
    m: int,
    beam: int | None = None,
    threads: int | None = None,
) -> Neighbourhood:
    r"""The m largest entries of each row of M = sum_{k=0..hops} A_k.

      A_0 = I,    A_k = alpha A_{k-1} A + (1 - alpha) A_0    (Eq. 5)

    Row v is surfed by itself as M_v = sum_k w_k p_k with p_0 = e_v, p_k = prune(p_{k-1}) A and w of
    `power_weights`; prune keeps the `beam` largest entries. Every p_k of the exact row sums to 1,
    and pruning only takes away, so the entries found are lower bounds and together lack exactly
    hops + 1 - sum of the row found: the L1 error of the row, which is measured, not estimated.

    A row costs the degrees of the nodes that are surfed from, so with a beam at most
    (hops - 1) x beam x largest degree; the memory beside the result is one copy of the graph and 40
    bytes a node and thread. M itself is never formed.

    Args:
      adjacency: (N, N) non-negative weights.
      hops: number of transitions.
      alpha: probability of going on; 1 - alpha is the probability of a restart.
      m: entries kept a row.
      beam: entries surfed on from after each transition; None is exact.
      threads: rows are shared out among so many; None takes one a core.

    Returns:
      `Neighbourhood`; the same whatever the number of threads.
    """
    num_nodes = adjacency.shape[0]
    transitions = transition_matrix(adjacency)
    transitions.eliminate_zeros()
    graph = (transitions.indptr.astype(np.int64), transitions.indices.astype(np.int32))
    weights_of_powers = power_weights(hops, alpha)
    indices = np.full((num_nodes, m), -1, np.int32)
    weights = np.zeros((num_nodes, m), np.float32)
    mass = np.zeros(num_nodes)
    threads = threads or os.cpu_count() or 1
    size = max(1, min(_ROWS_A_TASK, -(-num_nodes // threads)))

    def surf(start: int) -> int:
        rows = slice(start, start + size)
        results = (indices[rows], weights[rows], mass[rows])
        surf_rows(*graph, transitions.data, start, weights_of_powers, beam or num_nodes, *results)
        return len(results[2])

    with (
        ThreadPoolExecutor(threads) as pool,
        progress_bar(num_nodes, "row", "random surfing") as bar,
    ):
        for finished in pool.map(surf, range(0, num_nodes, size)):
            bar.update(finished)
    # Below what rounding alone leaves in a sum of so many terms, nothing was lost.
    lacking = hops + 1 - mass
    lacking[lacking < 1e-9] = 0.0
    return Neighbourhood(indices, weights, float(lacking.max(initial=0.0)))


def surfing_support(adjacency: sp.csr_matrix, hops: int, alpha: float) -> sp.csr_matrix:
    """M of Eq. 5 in full, for small graphs.

    Args:
      adjacency: (N, N) non-negative weights.
      hops: number of transitions.
      alpha: probability of going on.

    Returns:
      float64 CSR (N, N), sorted indices.

    Raises:
      UserError: if M would have more than 20 million non-zeros.
    """
    transitions = transition_matrix(adjacency)
    restart = sp.identity(transitions.shape[0], format="csr")
    current, total = restart, restart
    for _ in range(hops):
        # Row sums of |A| |A| bound the next product's non-zeros from above before it is formed.
        reached = int((current.astype(bool).astype(np.int64) @ np.diff(transitions.indptr)).sum())
        if min(reached, transitions.shape[0] ** 2) > LARGEST_SUPPORT:
            raise UserError(
                f"--neighbourhood=reachable: about {reached:,} pairs of nodes within --hops={hops} "
                "are too many; use top_m or full"
            )
        current = (alpha * (current @ transitions) + (1.0 - alpha) * restart).tocsr()
        total = total + current
    total = total.tocsr()
    total.sort_indices()
    return total
