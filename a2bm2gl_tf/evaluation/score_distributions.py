"""How one user's scores of positive and of negative items are distributed (section 4.5.2)."""

from typing import NamedTuple

import numpy as np
import scipy.sparse as sp

KINDS = ("training", "validation", "test", "negative")
TRAINING, VALIDATION, TEST, NEGATIVE = range(len(KINDS))

# A kernel's width where values are too few or too equal to tell one, in parts of the axis.
_NARROWEST = 0.01
_GRID_CELLS = 2048


class KindSummary(NamedTuple):
    """The scores of a user's items of one kind; NaN where there is nothing to compute it from.

    Attributes:
      count: items that have a score.
      mean: their mean.
      deviation: their standard deviation, the sum of squares over `count`.
      beyond: share above B_u^up of positive items, below B_u^low of negative ones.
      auc: chance that one scores above a negative item, a tie counted half; NaN for negatives.
    """

    count: int
    mean: float
    deviation: float
    beyond: float
    auc: float


def kinds_of_items(
    row: int, train: sp.csr_matrix, validation: sp.csr_matrix, test: sp.csr_matrix
) -> np.ndarray:
    """What every item is to a user.

    Args:
      row: the user's row.
      train: CSR (U, V), what the model has learned from.
      validation: CSR (U, V), disjoint from the others.
      test: likewise.

    Returns:
      int8 (V,), places in `KINDS`; an item in none of the matrices is a negative.
    """
    kinds = np.full(train.shape[1], NEGATIVE, np.int8)
    for kind, part in ((TRAINING, train), (VALIDATION, validation), (TEST, test)):
        kinds[part.indices[part.indptr[row] : part.indptr[row + 1]]] = kind
    return kinds


def scores_by_kind(scores: np.ndarray, kinds: np.ndarray) -> dict[str, np.ndarray]:
    """The finite scores of each kind, in the order of items; float64 arrays, some may be empty.

    Args:
      scores: float (V,), NaN where an item has none.
      kinds: int8 (V,), see `kinds_of_items`.
    """
    finite = np.isfinite(scores)
    return {
        name: scores[finite & (kinds == kind)].astype(np.float64) for kind, name in enumerate(KINDS)
    }


def summarise(
    scores: dict[str, np.ndarray], boundaries: tuple[float, float] | None = None
) -> dict[str, KindSummary]:
    """Each kind in numbers.

    Args:
      scores: as `scores_by_kind` gives them.
      boundaries: (B_u^up, B_u^low), or None where there are none.
    """
    upper, lower = boundaries or (np.nan, np.nan)
    ordered = np.sort(scores["negative"])
    summaries = {}
    for name, values in scores.items():
        beyond = auc = np.nan
        if len(values) and boundaries is not None:
            beyond = float((values < lower if name == "negative" else values > upper).mean())
        if name != "negative" and len(values) and len(ordered):
            below = np.searchsorted(ordered, values, "left")
            not_above = np.searchsorted(ordered, values, "right")
            auc = float((below + not_above).mean() / (2 * len(ordered)))
        mean = float(values.mean()) if len(values) else np.nan
        deviation = float(values.std()) if len(values) else np.nan
        summaries[name] = KindSummary(len(values), mean, deviation, beyond, auc)
    return summaries


def binned(scores: dict[str, np.ndarray], bins: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Counts in bins of one width that all kinds share.

    Args:
      scores: as `scores_by_kind` gives them.
      bins: how many.

    Returns:
      float64 (bins + 1,) edges from the least score to the greatest, both included in a bin, and
      int64 (bins,) counts of each kind.
    """
    everything = np.concatenate(list(scores.values()))
    span = (everything.min(), everything.max()) if len(everything) else (0.0, 1.0)
    edges = np.histogram_bin_edges(everything, bins, span)
    return edges, {name: np.histogram(values, edges)[0] for name, values in scores.items()}


def kernel_width(values: np.ndarray) -> float:
    """Silverman's rule of thumb for normal kernels; 0 where all values are equal.

    It is 0.9 min(s, IQR / 1.34) n^(-1/5) (Silverman, Density Estimation, 1986); where half of the
    values are equal, so that their range is 0, it takes s alone.

    Args:
      values: float (n,), n of 1 or more.
    """
    quarter, three_quarters = np.percentile(values, (25, 75))
    spreads = [s for s in (values.std(), (three_quarters - quarter) / 1.34) if s > 0]
    return float(0.9 * min(spreads, default=0.0) * len(values) ** -0.2)


def kernel_density(values: np.ndarray, first: float, last: float, points: int = 400):
    """A density estimate of integral 1 with normal kernels of `kernel_width`.

    The kernels are at least 1/100 of the axis wide. Values are counted in cells much narrower than
    that first, which bounds the cost whatever their number.

    Args:
      values: float (n,), n of 1 or more, all of them on the axis.
      first: where the axis begins.
      last: where it ends, beyond `first`.
      points: places the density is computed at.

    Returns:
      float64 (points,) places and densities.
    """
    width = max(kernel_width(values), _NARROWEST * (last - first))
    counts, edges = np.histogram(values, _GRID_CELLS, (first, last))
    filled = np.flatnonzero(counts)
    centres = (edges[filled] + edges[filled + 1]) / 2
    places = np.linspace(first, last, points)
    kernels = np.exp(-0.5 * ((places[:, None] - centres) / width) ** 2)
    return places, kernels @ counts[filled] / (len(values) * width * np.sqrt(2 * np.pi))
