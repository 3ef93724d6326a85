"""Connected components of a graph."""

import numpy as np
import scipy.sparse as sp
from scipy.sparse import csgraph


def component_labels(adjacency: sp.csr_matrix) -> np.ndarray:
    """The component of each node, edges taken in both directions.

    Args:
      adjacency: (N, N).

    Returns:
      int32 (N,), numbered from 0.
    """
    _, labels = csgraph.connected_components(adjacency, directed=True, connection="weak")
    return labels.astype(np.int32)
