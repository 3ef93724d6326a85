"""How close sparse rows of M come to the whole of it, on graphs small enough to hold it."""

import dataclasses

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.graph.surfing import surfing_support, top_m_neighbours


@dataclasses.dataclass(frozen=True)
class SurfingAccuracy:
    """One point of the curve; shares are means over rows.

    Attributes:
      m: entries kept a row.
      beam: entries surfed on from; None is exact.
      recall: share of the true m largest entries that are kept, equals counted as one another.
      captured: share of the row's true mass on the entries kept.
      l1_error: largest L1 error of a row by pruning, as `Neighbourhood.dropped_mass` states it.
    """

    m: int
    beam: int | None
    recall: float
    captured: float
    l1_error: float


def surfing_curve(
    adjacency: sp.csr_matrix,
    hops: int,
    alpha: float,
    sizes: list[int],
    beams: list[int | None],
) -> list[SurfingAccuracy]:
    """Compares `top_m_neighbours` with all of M for every m and beam.

    Args:
      adjacency: (N, N) non-negative weights of a small graph.
      hops: number of transitions.
      alpha: probability of going on.
      sizes: values of m.
      beams: values of the beam; None is exact.

    Returns:
      A point for each beam and m, beams outermost.

    Raises:
      UserError: if M is too large to be held.
    """
    exact = surfing_support(adjacency, hops, alpha).toarray()
    descending = -np.sort(-exact, axis=1)
    points = []
    for beam in beams:
        for m in sizes:
            found = top_m_neighbours(adjacency, hops, alpha, m, beam)
            listed = found.indices >= 0
            true = np.take_along_axis(exact, np.maximum(found.indices, 0), axis=1) * listed
            wanted = descending[:, : min(m, len(exact))]
            border = wanted[:, -1:]
            right = (listed & (true >= border * (1 - 1e-6))).sum(axis=1)
            recall = right / np.maximum((wanted > 0).sum(axis=1), 1)
            captured = true.sum(axis=1) / (hops + 1)
            points.append(
                SurfingAccuracy(
                    m, beam, float(recall.mean()), float(captured.mean()), found.dropped_mass
                )
            )
    return points
