"""Random surfing with restart over a graph (section 3.5, Eq. 5)."""

import dataclasses

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.errors import UserError

# Non-zeros of M that the small-graph reference may hold.
_LARGEST_SUPPORT = 20_000_000
# Floats of the dense rows of M that exist at one time (64 MiB in float64).
_BLOCK_ELEMENTS = 8 * 1024 * 1024


@dataclasses.dataclass(frozen=True)
class Neighbourhood:
    """The strongest entries of each row of M.

    Attributes:
      indices: int32 (N, m) columns, strongest first, ties by lower column; -1 for padding.
      weights: float32 (N, m), M at those columns, 0 at padding.
      dropped_mass: the largest sum, over the entries of a row of M, of what pruning made them
        lack; so no entry lacks more. 0.0 where nothing was pruned.
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


def top_m_neighbours(
    adjacency: sp.csr_matrix, hops: int, alpha: float, m: int, beam: int | None = None
) -> Neighbourhood:
    r"""The m largest entries of each row of M = sum_{k=0..hops} A_k.

      A_0 = I,    A_k = alpha A_{k-1} A + (1 - alpha) A_0    (Eq. 5)

    Rows are surfed in blocks: without a beam as dense blocks of rows, exactly; with one as sparse
    rows that keep their `beam` largest entries after each transition. M itself is never formed.

    Args:
      adjacency: (N, N) non-negative weights.
      hops: number of transitions.
      alpha: probability of going on; 1 - alpha is the probability of a restart.
      m: entries kept a row.
      beam: entries kept a row between transitions; None is exact.

    Returns:
      `Neighbourhood`.
    """
    num_nodes = adjacency.shape[0]
    transitions = transition_matrix(adjacency)
    indices = np.full((num_nodes, m), -1, np.int32)
    weights = np.zeros((num_nodes, m), np.float32)
    size = max(1, _BLOCK_ELEMENTS // num_nodes)
    transposed = transitions.T.tocsr() if beam is None else None
    dropped = 0.0
    for start in range(0, num_nodes, size):
        rows = np.arange(start, min(start + size, num_nodes))
        if beam is None:
            block = _surf_dense(transposed, rows, hops, alpha)
        else:
            block, lost = _surf_beam(transitions, rows, hops, alpha, beam)
            dropped = max(dropped, lost)
        indices[rows], weights[rows] = _largest(block, m)
    return Neighbourhood(indices, weights, dropped)


def _surf_dense(transposed: sp.csr_matrix, rows: np.ndarray, hops: int, alpha: float) -> np.ndarray:
    """Rows of M, dense (len(rows), N), by transposed products that run over contiguous memory."""
    restart = np.zeros((transposed.shape[0], len(rows)))
    restart[rows, np.arange(len(rows))] = 1.0
    current, total = restart, restart.copy()
    for _ in range(hops):
        current = alpha * (transposed @ current)
        current[rows, np.arange(len(rows))] += 1.0 - alpha
        total += current
    return total.T


def _surf_beam(
    transitions: sp.csr_matrix, rows: np.ndarray, hops: int, alpha: float, beam: int
) -> tuple[np.ndarray, float]:
    """Rows of M with pruned transitions, dense (len(rows), N), and the most mass a row lost."""
    shape = (len(rows), transitions.shape[0])
    restart = sp.csr_matrix((np.ones(len(rows)), (np.arange(len(rows)), rows)), shape=shape)
    current, total = restart, restart
    # Rows of A sum to 1, so what A_k lacks of its mass A_{k+1} lacks times alpha.
    lacking, total_lacking = np.zeros(len(rows)), np.zeros(len(rows))
    for _ in range(hops):
        current = (alpha * (current @ transitions) + (1.0 - alpha) * restart).tocsr()
        before = np.asarray(current.sum(axis=1)).ravel()
        current = _prune(current, beam)
        pruned_away = before - np.asarray(current.sum(axis=1)).ravel()
        lacking = alpha * lacking + pruned_away
        total_lacking += lacking
        total = total + current
    return total.toarray(), float(total_lacking.max(initial=0.0))


def _prune(matrix: sp.csr_matrix, beam: int) -> sp.csr_matrix:
    """Keeps the `beam` largest entries of each row."""
    counts = np.diff(matrix.indptr)
    if counts.max(initial=0) <= beam:
        return matrix
    rows = np.repeat(np.arange(matrix.shape[0]), counts)
    order = np.lexsort((matrix.indices, -matrix.data, rows))
    rank = np.arange(matrix.nnz) - np.repeat(matrix.indptr[:-1], counts)
    kept = order[rank < beam]
    pruned = sp.csr_matrix(
        (matrix.data[kept], (rows[kept], matrix.indices[kept])), shape=matrix.shape
    )
    pruned.sort_indices()
    return pruned


def _largest(block: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns and values of the m largest positive entries of each row, ties by lower column."""
    kept = min(m, block.shape[1])
    # A partition alone would break ties at the border at random: everything above the m-th value
    # is in, and of what equals it the lowest columns.
    border = -np.partition(-block, kept - 1, axis=1)[:, kept - 1 : kept]
    above = block > border
    tied = block == border
    room = kept - above.sum(axis=1, keepdims=True)
    chosen = above | (tied & (np.cumsum(tied, axis=1) <= room))
    columns = np.nonzero(chosen)[1].reshape(len(block), kept)
    values = np.take_along_axis(block, columns, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    columns = np.take_along_axis(columns, order, axis=1)
    values = np.take_along_axis(values, order, axis=1)
    indices = np.full((len(block), m), -1, np.int32)
    weights = np.zeros((len(block), m), np.float32)
    indices[:, :kept] = np.where(values > 0, columns, -1)
    weights[:, :kept] = values
    return indices, weights


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
        if min(reached, transitions.shape[0] ** 2) > _LARGEST_SUPPORT:
            raise UserError(
                f"--neighbourhood=reachable: about {reached:,} pairs of nodes within --hops={hops} "
                "are too many; use top_m or full"
            )
        current = (alpha * (current @ transitions) + (1.0 - alpha) * restart).tocsr()
        total = total + current
    total = total.tocsr()
    total.sort_indices()
    return total
