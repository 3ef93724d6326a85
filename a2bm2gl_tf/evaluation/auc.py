"""Area under the ROC curve of each user, exactly."""

import numpy as np

from a2bm2gl_tf.evaluation.ranks import RankCounts


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
