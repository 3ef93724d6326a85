"""Area under the ROC curve, exactly: one for each user, and one for all pairs of all users."""

import math
import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from a2bm2gl_tf.evaluation.ranks import RankCounts

# Sorting negatives is nearly all the time of a large evaluation, and numpy sorts without the GIL;
# every piece is searched for all positives, so many small pieces would gain nothing.
_MAX_THREADS = 8


def user_auc(counts: RankCounts) -> np.ndarray:
    """The Mann-Whitney AUC of each user, a tied pair of positive and negative counted half.

    Summing 2 g + (e - 1) over the P positives of a user counts each negative above a positive
    twice, each tied with it once, and each pair of positives twice. Taking P (P - 1) away leaves
    twice the number of wrongly ordered pairs, as an integer: the one rounding is the division.

    Args:
      counts: g and e of each positive.

    Returns:
      float64 (n,), NaN for a user without negatives; exactly 0.5 where all scores are equal.
    """
    starts = np.concatenate([[0], np.cumsum(counts.num_positives)[:-1]])
    twice_above = np.add.reduceat(2 * counts.above + counts.tied - 1, starts)
    num_positives = counts.num_positives
    twice_wrong = twice_above - num_positives * (num_positives - 1)
    twice_pairs = 2 * num_positives * (counts.num_candidates - num_positives)
    defined = twice_pairs > 0
    return np.divide(
        twice_pairs - twice_wrong,
        twice_pairs,
        out=np.full(num_positives.size, np.nan),
        where=defined,
    )


class PooledAuc:
    """AUC over every pair of a positive and a negative candidate of any two users, streamed.

    A tied pair counts half. The positives' scores are kept; negatives come in blocks of any size
    and are forgotten, so memory is O(positives + block). Counts are integers, so the result does
    not depend on the blocks.

    Args:
      positive_scores: float32 (P,), the scores of all positives of all users.
    """

    def __init__(self, positive_scores: np.ndarray):
        self._positives, self._multiplicity = np.unique(positive_scores, return_counts=True)
        self._num_positives = int(positive_scores.size)
        self._num_negatives = 0
        self._twice_right = 0

    def add_negatives(self, scores: np.ndarray) -> None:
        """Counts a block of negatives.

        Args:
          scores: float32 (M,) without NaN, compared with the positives as they are.
        """
        threads = min(_MAX_THREADS, os.cpu_count() or 1)
        with ThreadPoolExecutor(threads) as pool:
            self._twice_right += sum(pool.map(self._count, np.array_split(scores, threads)))
        self._num_negatives += int(scores.size)

    def value(self) -> float:
        """The AUC of what was counted; NaN without negatives."""
        twice_pairs = 2 * self._num_positives * self._num_negatives
        return self._twice_right / twice_pairs if twice_pairs else math.nan

    def _count(self, scores: np.ndarray) -> int:
        ascending = np.sort(scores)
        below = np.searchsorted(ascending, self._positives, side="left")
        not_above = np.searchsorted(ascending, self._positives, side="right")
        return int(np.dot(below + not_above, self._multiplicity))
