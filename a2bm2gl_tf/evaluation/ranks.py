"""The two counts that every ranking metric is a function of."""

import dataclasses

import numpy as np
import scipy.sparse as sp

# Up to this many positives, comparing each with all candidates is faster than sorting them once.
MAX_COMPARED_POSITIVES = 64


@dataclasses.dataclass(frozen=True)
class RankCounts:
    """How the positives of n users stand among their candidates.

    Tie convention: candidates with equal scores are in a uniformly random order, and a metric is
    its expectation over that order. Positive p is therefore at each of the ranks g + 1, ..., g + e
    with probability 1 / e, where g counts the candidates scored strictly above p and e those
    scored the same, p included. No metric depends on the numbering of the items.

    Attributes:
      above: g, int64 (P,), one entry a positive, users one after the other.
      tied: e, int64 (P,), at least 1.
      num_positives: int64 (n,), positives of each user, at least 1; they sum to P.
      num_candidates: int64 (n,), candidates of each user, positives included.
    """

    above: np.ndarray
    tied: np.ndarray
    num_positives: np.ndarray
    num_candidates: np.ndarray

    @property
    def user_of_positive(self) -> np.ndarray:
        """int64 (P,): the position in 0..n-1 of the user whose positive it is."""
        return np.repeat(np.arange(self.num_positives.size), self.num_positives)

    def user_sums(self, values: np.ndarray) -> np.ndarray:
        """Sums one value a positive, float (P,), over each user: float64 (n,).

        Terms are added one by one in the order of the positives, so the sum does not depend on how
        users were grouped into blocks.
        """
        return np.bincount(self.user_of_positive, values, minlength=self.num_positives.size)


def count_ranks(scores: np.ndarray, positives: sp.csr_matrix, candidates: np.ndarray) -> RankCounts:
    """Counts, for each positive of a block of users, the candidates above it and level with it.

    Scores are compared as they are, with no rounding and no tolerance.

    Args:
      scores: float32 (b, V) without NaN.
      positives: CSR (b, V), at least one stored entry a row and no duplicates.
      candidates: bool (b, V), True at every positive.

    Returns:
      The counts of the b users, positives in the order in which the CSR matrix stores them.

    Raises:
      ValueError: a positive is not a candidate.
    """
    rows = np.repeat(np.arange(scores.shape[0]), np.diff(positives.indptr))
    if not candidates[rows, positives.indices].all():
        raise ValueError("a positive item is not among its user's candidates")
    above = np.empty(positives.nnz, np.int64)
    tied = np.empty(positives.nnz, np.int64)
    num_candidates = np.empty(scores.shape[0], np.int64)
    flags = np.empty(scores.shape[1], bool)
    for row, (start, stop) in enumerate(
        zip(positives.indptr[:-1], positives.indptr[1:], strict=True)
    ):
        candidate_scores = scores[row, candidates[row]]
        positive_scores = scores[row, positives.indices[start:stop]]
        num_candidates[row] = candidate_scores.size
        if stop - start <= MAX_COMPARED_POSITIVES:
            counts = compare(candidate_scores, positive_scores, flags[: candidate_scores.size])
        else:
            counts = sort_and_search(candidate_scores, positive_scores)
        above[start:stop], tied[start:stop] = counts
    num_positives = np.diff(positives.indptr).astype(np.int64)
    return RankCounts(above, tied, num_positives, num_candidates)


def join_counts(blocks: list[RankCounts]) -> RankCounts:
    """The counts of several blocks of users, one after the other, as one."""
    names = (field.name for field in dataclasses.fields(RankCounts))
    return RankCounts(
        *(np.concatenate([getattr(block, name) for block in blocks]) for name in names)
    )


def compare(
    candidates: np.ndarray, positives: np.ndarray, flags: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Counts g and e of each positive score, int64 (p,), by comparing it with every candidate.

    Args:
      candidates: float32 (c,) scores.
      positives: float32 (p,) scores.
      flags: bool (c,), overwritten; a row of scores stays in the cache where this one is kept.
    """
    above, tied = np.empty(positives.size, np.int64), np.empty(positives.size, np.int64)
    for place, score in enumerate(positives):
        above[place] = np.count_nonzero(np.greater(candidates, score, out=flags))
        tied[place] = np.count_nonzero(np.equal(candidates, score, out=flags))
    return above, tied


def sort_and_search(candidates: np.ndarray, positives: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Counts g and e of each positive score, as `compare`, by sorting the candidates once."""
    ascending = np.sort(candidates)
    not_above = np.searchsorted(ascending, positives, side="right")
    below = np.searchsorted(ascending, positives, side="left")
    return ascending.size - not_above, not_above - below
