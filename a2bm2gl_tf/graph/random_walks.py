"""Nodes visited by short random walks with restart (PinSAGE's importance neighbourhoods)."""

import os
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.graph.random_walks_kernel import walk_rows

# Stream of the seed for the order of nodes with equally many visits.
_TIES = 1


class Visited(NamedTuple):
    """The nodes that the walks of each start visited most.

    Attributes:
      nodes: int32 (n, m), most visits first, ties at random; -1 where fewer were
        visited.
      visits: float32 (n, m), how often; 0 there.
    """

    nodes: np.ndarray
    visits: np.ndarray

    def normalised(self) -> np.ndarray:
        """Visits over their sum in the list, float32 (n, m); zeros where there are none."""
        total = self.visits.sum(axis=1, keepdims=True)
        return np.divide(self.visits, total, out=np.zeros_like(self.visits), where=total > 0)


def most_visited(
    adjacency: sp.csr_matrix,
    starts: np.ndarray,
    num_listed: int,
    hops: int,
    restart: float,
    seed: int,
    counted: tuple[int, int] | None = None,
    skip_adjacent: bool = False,
) -> Visited:
    """Walks from each start, going back to it with a fixed probability before every hop.

    A hop goes to a neighbour drawn uniformly. The start itself is never listed. On a bipartite
    graph `counted` picks one side. The result depends on `seed` and the start alone, not on the
    other starts or the number of threads.

    Args:
      adjacency: (N, N), a graph in which every neighbour has a neighbour (any symmetric one); its
        values are not used.
      starts: int (n,) nodes.
      num_listed: m, nodes listed a start.
      hops: hops a start, over all its walks.
      restart: probability of going back, below 1.
      seed: non-negative integer.
      counted: half-open range of the nodes whose visits count; all if None.
      skip_adjacent: leaves out the start's neighbours.

    Raises:
      ValueError: for a `restart` that is no probability below 1, or fewer than one hop.
    """
    if not 0 <= restart < 1 or hops < 1:
        raise ValueError(f"restart is {restart}, hops {hops}; need 0 <= restart < 1 and hops >= 1")
    starts = np.asarray(starts, np.int64)
    first, stop = counted or (0, adjacency.shape[0])
    nodes = np.full((len(starts), num_listed), -1, np.int32)
    visits = np.zeros((len(starts), num_listed), np.float32)
    graph = (adjacency.indptr.astype(np.int64), adjacency.indices.astype(np.int32))
    threads = os.cpu_count() or 1
    borders = np.linspace(0, len(starts), threads + 1).astype(int)
    # Node numbers often go with age or popularity: ties must not go by them.
    order = np.random.default_rng([seed, _TIES]).permutation(adjacency.shape[0]).astype(np.int32)
    nodes_by_order = np.argsort(order).astype(np.int32)
    # Different seeds must not be a few steps apart on one stream.
    stream = np.random.SeedSequence(seed).generate_state(1, np.uint64)[0]

    def walk(first_start: int, last_start: int) -> None:
        part = slice(first_start, last_start)
        walk_rows(
            *graph,
            starts[part],
            hops,
            restart,
            first,
            stop,
            skip_adjacent,
            stream,
            order,
            nodes_by_order,
            nodes[part],
            visits[part],
        )

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(walk, borders[:-1], borders[1:]))
    return Visited(nodes, visits)
