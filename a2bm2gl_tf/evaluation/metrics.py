"""Precision, recall, NDCG and hit rate at K, in expectation over the order of ties.

Every function takes the counts of n users and a cut-off and returns float64 (n,). A user with fewer
than K candidates has all of them in the top K.
"""

import numpy as np

from a2bm2gl_tf.evaluation.ranks import RankCounts


def expected_hits(counts: RankCounts, k: int) -> np.ndarray:
    """Expected number of positives among the first K.

    Positive p is at one of e ranks with equal probability, and clip(K - g, 0, e) of them are
    within K, so it adds clip((K - g) / e, 0, 1).

    Args:
      counts: g and e of each positive; ties are in a uniformly random order.
      k: cut-off K, at least 1.

    Returns:
      float64 (n,), between 0 and min(K, positives of the user).
    """
    return counts.user_sums(np.clip((k - counts.above) / counts.tied, 0.0, 1.0))


def precision(counts: RankCounts, k: int) -> np.ndarray:
    """P@K: the expected hits divided by K, also where the user has fewer than K candidates."""
    return expected_hits(counts, k) / k


def recall(counts: RankCounts, k: int) -> np.ndarray:
    """R@K: the expected hits divided by the number of the user's positives."""
    return expected_hits(counts, k) / counts.num_positives


def ndcg(counts: RankCounts, k: int) -> np.ndarray:
    """NDCG@K: the expected discounted gain over the ideal one.

    The gain of a positive at rank r <= K is 1 / log2(r + 1) (Järvelin and Kekäläinen's discount
    with binary relevance). With C[r] the sum of the first r gains, p's expectation over its e ranks
    is (C[min(g + e, K)] - C[min(g, K)]) / e. The ideal order has min(K, positives) of them on top.

    Args:
      counts: g and e of each positive; ties are in a uniformly random order.
      k: cut-off K, at least 1.

    Returns:
      float64 (n,).
    """
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    cumulative = np.concatenate([[0.0], np.cumsum(discounts)])
    first = cumulative[np.minimum(counts.above, k)]
    last = cumulative[np.minimum(counts.above + counts.tied, k)]
    ideal = cumulative[np.minimum(counts.num_positives, k)]
    return counts.user_sums((last - first) / counts.tied) / ideal


def hit_rate(counts: RankCounts, k: int) -> np.ndarray:
    """HR@K: the probability that at least one positive is among the first K.

    It is 1 where some positive is within K whatever the order of ties. Otherwise only the tie group
    that straddles K can hit: t of its e members are positives and s = K - g of its places are
    inside, so all t miss with the hypergeometric probability prod_(i<t) (e - s - i) / (e - i).

    Args:
      counts: g and e of each positive; ties are in a uniformly random order.
      k: cut-off K, at least 1.

    Returns:
      float64 (n,).
    """
    user = counts.user_of_positive
    miss = np.ones(counts.num_positives.size)
    miss[user[counts.above + counts.tied <= k]] = 0.0
    # At most one tie group of a user straddles K, so its members need no further grouping.
    straddling = np.flatnonzero((counts.above < k) & (counts.above + counts.tied > k))
    user = user[straddling]
    order_in_group = np.arange(user.size) - np.searchsorted(user, user)
    outside = counts.above[straddling] + counts.tied[straddling] - k
    factors = np.maximum(outside - order_in_group, 0) / (counts.tied[straddling] - order_in_group)
    np.multiply.at(miss, user, factors)
    return 1.0 - miss
