"""How unevenly interactions are shared among users, or among items."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class DegreeSummary:
    """Degrees of users or of items in short.

    Attributes:
      least: smallest degree.
      median: median degree.
      mean: mean degree.
      most: largest degree.
      once: how many have degree 1.
      gini: Gini coefficient, 0 where all are equal, near 1 where one has all.
      top_tenth_share: share of the interactions that the tenth with the largest degrees has.
    """

    least: int
    median: float
    mean: float
    most: int
    once: int
    gini: float
    top_tenth_share: float


def summarise_degrees(degrees: np.ndarray) -> DegreeSummary:
    """Summarises degrees, integer (m,) with m at least 1; zeros count."""
    total = max(1, int(degrees.sum()))
    tenth = -(-len(degrees) // 10)
    return DegreeSummary(
        least=int(degrees.min()),
        median=float(np.median(degrees)),
        mean=float(degrees.mean()),
        most=int(degrees.max()),
        once=int(np.count_nonzero(degrees == 1)),
        gini=gini(degrees),
        top_tenth_share=float(np.sort(degrees)[::-1][:tenth].sum() / total),
    )


def ccdf(degrees: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Complementary cumulative distribution of degrees: P(degree >= k).

    Args:
      degrees: integer (m,).

    Returns:
      The positive degrees that occur, ascending, int64 (k,); and the share of all m, zeros
      included, that has at least each, float64 (k,).
    """
    values, counts = np.unique(degrees, return_counts=True)
    shares = np.cumsum(counts[::-1])[::-1] / max(1, len(degrees))
    positive = values > 0
    return values[positive].astype(np.int64), shares[positive]


def lorenz(degrees: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The Lorenz curve: what share of the interactions the least active share has.

    Args:
      degrees: integer (m,), not all 0.

    Returns:
      Shares of users (or items) 0, 1/m, ..., 1 and their shares of the interactions, float64
      (m + 1,).
    """
    running = np.concatenate([[0], np.cumsum(np.sort(degrees))])
    return np.linspace(0, 1, len(degrees) + 1), running / max(1, running[-1])


def gini(degrees: np.ndarray) -> float:
    """Gini coefficient: the mean absolute difference of two degrees over twice their mean.

    It is twice the area between the Lorenz curve and the diagonal; 0 if all degrees are 0.

    Args:
      degrees: integer (m,), m at least 1.
    """
    count, total = len(degrees), int(degrees.sum())
    if total == 0:
        return 0.0
    # Of sorted x_1 <= ... <= x_m: sum_i (2 i - m - 1) x_i / (m sum x).
    ranks = 2 * np.arange(1, count + 1) - count - 1
    return float((ranks * np.sort(degrees)).sum() / (count * total))
