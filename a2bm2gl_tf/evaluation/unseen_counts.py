"""Exact rank counts of every positive where the candidates are all unseen items."""

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.evaluation.ranks import (
    MAX_COMPARED_POSITIVES,
    RankCounts,
    compare,
    sort_and_search,
)


def count_among_unseen(
    scores: np.ndarray, positives: sp.csr_matrix, seen: sp.csr_matrix
) -> RankCounts:
    """`count_ranks` with all unseen items as candidates, without a mask of users x items.

    Every row is compared as a whole, and what its few seen items added is taken away again.

    Args:
      scores: float32 (b, V) without NaN.
      positives: CSR (b, V), at least one stored entry a row and no duplicates.
      seen: CSR (b, V), disjoint from `positives`, no duplicates.

    Returns:
      The counts of the b users, positives in the order in which the CSR matrix stores them.
    """
    above = np.empty(positives.nnz, np.int64)
    tied = np.empty(positives.nnz, np.int64)
    flags = np.empty(scores.shape[1], bool)
    for row in range(scores.shape[0]):
        start, stop = positives.indptr[row : row + 2]
        of_seen = scores[row, seen.indices[seen.indptr[row] : seen.indptr[row + 1]]]
        of_positives = scores[row, positives.indices[start:stop]]
        if stop - start > MAX_COMPARED_POSITIVES:
            counts = sort_and_search(scores[row], of_positives)
            seen_counts = sort_and_search(of_seen, of_positives)
        else:
            counts = compare(scores[row], of_positives, flags)
            seen_counts = compare(of_seen, of_positives, flags[: of_seen.size])
        above[start:stop] = counts[0] - seen_counts[0]
        tied[start:stop] = counts[1] - seen_counts[1]
    num_seen = np.diff(seen.indptr).astype(np.int64)
    num_positives = np.diff(positives.indptr).astype(np.int64)
    return RankCounts(above, tied, num_positives, scores.shape[1] - num_seen)
