"""Whether a difference between two methods is more than the luck of the users drawn.

The test is the paired two-sided t-test over users, on differences of a per-user metric. It asks
about the mean difference, which is what the table shows; Wilcoxon's signed-rank test asks whether
differences are symmetric about 0 instead, and NDCG has many users at exactly 0 for both methods,
which it has to drop. With the hundreds of users of a recommendation data set the mean is
practically normal, and the t-test agrees with the randomisation test at a fraction of its time
(Smucker, Allan and Carterette, CIKM 2007, who advise against Wilcoxon's for that reason too).

The p-values say what another sample of users would show of these very models. Averaging the metric
over seeds takes most of the luck of training out; what is left of it is not in the p-value.
"""

from collections.abc import Sequence

import numpy as np
import scipy.stats


def paired_p_value(first: np.ndarray, second: np.ndarray) -> float:
    """The two-sided p-value of equal means.

    Args:
      first: float (n,), a metric of each user.
      second: likewise, of the same users.

    Returns:
      1.0 where all differences are 0, or where there are fewer than two users.
    """
    differences = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    if differences.size < 2 or not differences.any():
        return 1.0
    if np.ptp(differences) == 0:
        return 0.0
    return float(scipy.stats.ttest_1samp(differences, 0.0).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's correction for m tests: the chance of any false alarm among them stays below alpha.

    In ascending order, the i-th p-value (from 0) becomes the maximum of (m - i) p over those up to
    it, at most 1 (Holm, Scandinavian Journal of Statistics 6, 1979).

    Args:
      p_values: of m tests, in any order.

    Returns:
      The corrected ones, in the same order.
    """
    corrected = [0.0] * len(p_values)
    largest = 0.0
    for rank, position in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[position]))
        corrected[position] = largest
    return corrected


def stars(p_value: float) -> str:
    """The mark of a p-value: "**" below .01, "*" below .05, otherwise nothing."""
    return "**" if p_value < 0.01 else "*" if p_value < 0.05 else ""
