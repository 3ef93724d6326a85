"""A few users to look at, picked by a rule rather than by what they look like."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

PERCENTILES = (10, 50, 90)
LEAST_TESTED = 2


def pick_users(
    train: sp.csr_matrix,
    test: sp.csr_matrix,
    percentiles: Sequence[float] = PERCENTILES,
    least_tested: int = LEAST_TESTED,
) -> np.ndarray:
    """The users at some percentiles of the number of training items.

    Those with a training item and enough test items are ordered by training items, then by row; the
    user at percentile p is number round(p / 100 (n - 1)) of these n, counted from 0.

    Args:
      train: CSR (U, V).
      test: CSR (U, V).
      percentiles: 0 to 100 each.
      least_tested: test items that a user must have.

    Returns:
      int64 rows in the order of `percentiles`, each once; empty where nobody qualifies.
    """
    degrees = train.getnnz(axis=1)
    rows = np.flatnonzero((degrees > 0) & (test.getnnz(axis=1) >= least_tested))
    if not len(rows):
        return rows
    ordered = rows[np.argsort(degrees[rows], kind="stable")]
    # Halves up, where Python would round them to the even neighbour.
    places = [int(np.floor(p / 100 * (len(ordered) - 1) + 0.5)) for p in percentiles]
    return ordered[list(dict.fromkeys(places))]
