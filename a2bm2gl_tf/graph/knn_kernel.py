"""Merging blocks of similarities into the best lists so far, compiled by Numba."""

import numba

_compiled = numba.njit(nogil=True, cache=True)

# Entries compared at once; most runs of so many hold nothing that would enter a list.
_RUN = 64


@_compiled
def _insert(value, candidate, values, candidates):
    """Puts one entry into a descending list, behind its equals."""
    place = len(values) - 1
    while place > 0 and values[place - 1] < value:
        values[place] = values[place - 1]
        candidates[place] = candidates[place - 1]
        place -= 1
    values[place], candidates[place] = value, candidate


@_compiled
def merge_rows(scores, first_row, first_candidate, start, stop, values, candidates):
    """Merges scores[i, j] of candidate first_candidate + j into the list of row first_row + i.

    Candidates must arrive in ascending order, so that equals stay in that order. A row is never
    its own candidate.

    Args:
      scores: float32 (rows, columns).
      first_row: the row of scores[0].
      first_candidate: the candidate of scores[:, 0].
      start: first of the rows of `scores` to merge.
      stop: one past the last.
      values: float32 (V, k), descending lists, -inf where empty; changed in place.
      candidates: int32 (V, k), likewise.
    """
    width = scores.shape[1]
    for i in range(start, stop):
        row = first_row + i
        for left in range(0, width, _RUN):
            right = min(left + _RUN, width)
            # Through views: an index into one needs no check for counting from the end, and the
            # loop becomes vector instructions.
            run = scores[i, left:right]
            lowest = values[row, -1]
            entering = 0
            for j in range(len(run)):
                entering += run[j] > lowest
            if entering:
                for j in range(left, right):
                    if scores[i, j] > values[row, -1] and first_candidate + j != row:
                        _insert(scores[i, j], first_candidate + j, values[row], candidates[row])


@_compiled
def merge_columns(scores, first_row, first_candidate, start, stop, values, candidates, lowest):
    """`merge_rows` of the transposed block: candidate first_row + i for row first_candidate + j.

    Args:
      scores: float32 (rows, columns).
      first_row: the candidate of scores[0].
      first_candidate: the row of scores[:, 0].
      start: first of the columns of `scores` to merge.
      stop: one past the last.
      values: as in `merge_rows`.
      candidates: as in `merge_rows`.
      lowest: float32 (V,), equal to values[:, -1]; kept so.
    """
    for j in range(start, stop):
        lowest[first_candidate + j] = values[first_candidate + j, -1]
    for i in range(scores.shape[0]):
        for left in range(start, stop, _RUN):
            right = min(left + _RUN, stop)
            run = scores[i, left:right]
            bounds = lowest[first_candidate + left : first_candidate + right]
            entering = 0
            for j in range(len(run)):
                entering += run[j] > bounds[j]
            if entering:
                for j in range(left, right):
                    row = first_candidate + j
                    if scores[i, j] > lowest[row]:
                        _insert(scores[i, j], first_row + i, values[row], candidates[row])
                        lowest[row] = values[row, -1]
