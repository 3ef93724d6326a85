"""The inner loops of random surfing, compiled by Numba; they run outside the interpreter's lock."""

import numba
import numpy as np

# Compiled code is kept beside the package, or in the user's cache where that is not writable.
_compiled = numba.njit(nogil=True, cache=True)


@_compiled
def _weaker(value, column, other_value, other_column):
    return value < other_value or (value == other_value and column > other_column)


@_compiled
def _sift_down(values, columns, size):
    """Restores the heap below its root, which is the weakest of the kept entries."""
    place = 0
    while True:
        child = 2 * place + 1
        if child >= size:
            return
        if child + 1 < size and _weaker(
            values[child + 1], columns[child + 1], values[child], columns[child]
        ):
            child += 1
        if not _weaker(values[child], columns[child], values[place], columns[place]):
            return
        values[child], values[place] = values[place], values[child]
        columns[child], columns[place] = columns[place], columns[child]
        place = child


@_compiled
def _offer(values, columns, size, value, column):
    """Keeps the strongest entries, lower columns among equals; returns how many are kept."""
    if size < len(values):
        place = size
        while place > 0 and _weaker(
            value, column, values[(place - 1) // 2], columns[(place - 1) // 2]
        ):
            values[place] = values[(place - 1) // 2]
            columns[place] = columns[(place - 1) // 2]
            place = (place - 1) // 2
        values[place], columns[place] = value, column
        return size + 1
    if _weaker(values[0], columns[0], value, column):
        values[0], columns[0] = value, column
        _sift_down(values, columns, size)
    return size


@_compiled
def _sort_strongest_first(values, columns, size):
    for last in range(size - 1, 0, -1):
        values[0], values[last] = values[last], values[0]
        columns[0], columns[last] = columns[last], columns[0]
        _sift_down(values, columns, last)


@_compiled
def _uniform_rows(indptr, transitions):
    uniform = np.ones(len(indptr) - 1, np.bool_)
    for node in range(len(indptr) - 1):
        for edge in range(indptr[node] + 1, indptr[node + 1]):
            if transitions[edge] != transitions[indptr[node]]:
                uniform[node] = False
    return uniform


@_compiled
def _arrive(indptr, indices, transitions, uniform, frontier, frontier_mass, arriving, touched):
    """Adds frontier_mass A to `arriving`, all 0 before; lists where in `touched`, counts them."""
    num_nodes = len(indptr) - 1
    edges = 0
    for node in frontier:
        edges += indptr[node + 1] - indptr[node]
    # Where most nodes are reached several times, looking through all of them afterwards is cheaper
    # than asking at each edge whether its end is new.
    listing = edges < 2 * num_nodes
    num_touched = 0
    for place in range(len(frontier)):
        node, mass = frontier[place], frontier_mass[place]
        first, stop = indptr[node], indptr[node + 1]
        if listing:
            for edge in range(first, stop):
                column = indices[edge]
                if arriving[column] == 0.0:
                    touched[num_touched] = column
                    num_touched += 1
                # Never 0, so that a touched node is listed once.
                arriving[column] += max(mass * transitions[edge], 1e-300)
        elif uniform[node]:
            # Without weights all edges of a node carry alike: half the memory to read.
            share = mass * transitions[first]
            for edge in range(first, stop):
                arriving[indices[edge]] += share
        else:
            for edge in range(first, stop):
                arriving[indices[edge]] += mass * transitions[edge]
    if not listing:
        for column in range(num_nodes):
            if arriving[column] > 0.0:
                touched[num_touched] = column
                num_touched += 1
    return num_touched


@_compiled
def surf_rows(
    indptr, indices, transitions, first_row, power_weights, beam, indices_out, weights_out, mass_out
):
    r"""The strongest entries of consecutive rows of sum_k w_k p_k, p_k = prune(p_{k-1}) A.

    Args:
      indptr: int64 (N + 1,), rows of A.
      indices: int32 (nnz,), columns of A.
      transitions: float64 (nnz,), positive entries of A.
      first_row: the first row to surf from.
      power_weights: w, float64 (hops + 1,), positive.
      beam: entries that pruning keeps.
      indices_out: int32 (rows, m), filled with columns, strongest first; the rest is left as is.
      weights_out: float32 (rows, m), likewise.
      mass_out: float64 (rows,), filled with the sum over all entries.
    """
    num_nodes = len(indptr) - 1
    total = np.zeros(num_nodes)
    arriving = np.zeros(num_nodes)
    seen = np.empty(num_nodes, np.int32)
    touched = np.empty(num_nodes, np.int32)
    frontier = np.empty(num_nodes, np.int32)
    frontier_mass = np.empty(num_nodes)
    beam_values = np.empty(min(beam, num_nodes))
    beam_columns = np.empty(min(beam, num_nodes), np.int32)
    hops = len(power_weights) - 1
    uniform = _uniform_rows(indptr, transitions)
    for row in range(len(mass_out)):
        start = first_row + row
        total[start] = power_weights[0]
        seen[0], num_seen = start, 1
        frontier[0], frontier_mass[0], frontier_size = start, 1.0, 1
        for hop in range(1, hops + 1):
            num_touched = _arrive(
                indptr,
                indices,
                transitions,
                uniform,
                frontier[:frontier_size],
                frontier_mass[:frontier_size],
                arriving,
                touched,
            )
            prune = hop < hops and num_touched > beam
            kept = 0
            frontier_size = 0
            for place in range(num_touched):
                column = touched[place]
                mass = arriving[column]
                arriving[column] = 0.0
                if total[column] == 0.0:
                    seen[num_seen] = column
                    num_seen += 1
                total[column] += power_weights[hop] * mass
                if prune:
                    kept = _offer(beam_values, beam_columns, kept, mass, column)
                else:
                    frontier[frontier_size] = column
                    frontier_mass[frontier_size] = mass
                    frontier_size += 1
            if prune:
                frontier_size = kept
                frontier[:kept] = beam_columns[:kept]
                frontier_mass[:kept] = beam_values[:kept]
        size = 0
        captured = 0.0
        for place in range(num_seen):
            column = seen[place]
            captured += total[column]
            # Rounded as it is handed out: entries that differ by rounding alone are equals.
            size = _offer(
                weights_out[row], indices_out[row], size, np.float32(total[column]), column
            )
            total[column] = 0.0
        _sort_strongest_first(weights_out[row], indices_out[row], size)
        mass_out[row] = captured
