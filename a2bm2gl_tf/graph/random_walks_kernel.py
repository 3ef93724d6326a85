"""The inner loops of random walks with restart, compiled by Numba."""

import numba
import numpy as np

_compiled = numba.njit(nogil=True, cache=True)

# SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). A generator of its own for every start makes the
# walks independent of how the starts are shared out over threads.
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_FIRST_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SECOND_MIX = np.uint64(0x94D049BB133111EB)
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))
_HALF = np.uint64(32)
_LOW_BITS = np.uint64(0xFFFFFFFF)


@_compiled
def _mixed(state):
    z = (state ^ (state >> _SHIFTS[0])) * _FIRST_MIX
    z = (z ^ (z >> _SHIFTS[1])) * _SECOND_MIX
    return z ^ (z >> _SHIFTS[2])


@_compiled
def walk_rows(
    indptr,
    indices,
    starts,
    hops,
    restart,
    first,
    stop,
    skip_adjacent,
    seed,
    order,
    nodes_by_order,
    indices_out,
    visits_out,
):
    """Walks from each start and lists the nodes that were visited most.

    Args:
      indptr: int64 (N + 1,), rows of the graph.
      indices: int32 (nnz,), neighbours.
      starts: int64 (n,), nodes to start from.
      hops: hops a start, those after a restart included.
      restart: probability of going back to the start before a hop.
      first: the first of the nodes whose visits count.
      stop: one past the last of them.
      skip_adjacent: does not count visits of the start's neighbours.
      seed: uint64.
      order: int32 (N,), a random permutation that ties go by, turned for each start.
      nodes_by_order: int32 (N,), its inverse.
      indices_out: int32 (n, m), filled with nodes, most visits first; the rest is left as is.
      visits_out: float32 (n, m), likewise with the numbers of visits.
    """
    num_nodes = len(indptr) - 1
    visits = np.zeros(num_nodes, np.int64)
    touched = np.empty(hops, np.int64)
    # As probability of a 32-bit number: exact for 0 and 1.
    threshold = np.uint64(restart * 4294967296.0)
    for row in range(len(starts)):
        start = starts[row]
        if indptr[start] == indptr[start + 1]:
            continue
        # Mixed, because states one gamma apart would give shifted copies of one stream.
        state = _mixed(seed + _GAMMA * np.uint64(start + 1))
        # Hops take later numbers. The order of nodes some places on is an order of its own.
        turn = np.int64(_mixed(state) % np.uint64(num_nodes))
        num_touched = 0
        current = start
        for _ in range(hops):
            state += _GAMMA
            bits = _mixed(state)
            if (bits & _LOW_BITS) < threshold:
                current = start
            begin = indptr[current]
            degree = np.uint64(indptr[current + 1] - begin)
            current = indices[begin + np.int64(((bits >> _HALF) * degree) >> _HALF)]
            if first <= current < stop and current != start:
                if visits[current] == 0:
                    touched[num_touched] = current
                    num_touched += 1
                visits[current] += 1
        if skip_adjacent:
            for edge in range(indptr[start], indptr[start + 1]):
                visits[indices[edge]] = 0
        # One number orders by visits, then by the permutation; without visits it is below N.
        keys = np.empty(num_touched, np.int64)
        for place in range(num_touched):
            node = touched[place]
            keys[place] = visits[node] * num_nodes + order[(node + turn) % num_nodes]
            visits[node] = 0
        keys.sort()
        for place in range(min(num_touched, indices_out.shape[1])):
            key = keys[num_touched - 1 - place]
            if key < num_nodes:
                break
            turned = nodes_by_order[key % num_nodes]
            indices_out[row, place] = (turned - turn) % num_nodes
            visits_out[row, place] = key // num_nodes
