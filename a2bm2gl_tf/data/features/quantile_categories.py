"""Numbers of items as categories: buckets that hold about as many items each."""

from pathlib import Path

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.features.content import Categories
from a2bm2gl_tf.errors import UserError

_BUCKETS = 10


def quantile_categories(
    name: str, item_ids: np.ndarray, values: np.ndarray, source: Path
) -> Categories:
    """Puts items into at most ten buckets by a number that each has.

    A single number as a vector would have no direction but its sign, so no cosine similarity worth
    the name; a bucket has. The upper edges are the deciles of the values (each a value that occurs,
    equal ones merged), and a bucket holds the values up to and including its edge.

    Args:
      name: name of the modality and of the labels, such as "duration<=12".
      item_ids: (n,), none twice.
      values: float32 (n,), NaN where an item has none; such items are left out.
      source: the file, for messages.

    Returns:
      One category an item.

    Raises:
      UserError: naming an item whose number is infinite.
    """
    endless = np.isinf(values)
    if endless.any():
        raise UserError(
            f"{source}: {name} of item {item_ids[endless.argmax()]} is infinite; "
            "mend it or leave it empty"
        )
    given = ~np.isnan(values)
    item_ids, values = item_ids[given], values[given]
    shares = np.arange(1, _BUCKETS + 1) / _BUCKETS
    edges = np.unique(np.quantile(values, shares, method="inverted_cdf")) if len(values) else values
    buckets = np.searchsorted(edges, values)
    flags = sp.csr_matrix(
        (np.ones(len(values), np.float32), buckets, np.arange(len(values) + 1)),
        shape=(len(values), len(edges)),
    )
    return Categories(
        name, item_ids, source, flags, tuple(f"{name}<={_shortest(edge)}" for edge in edges)
    )


def _shortest(edge: np.float32) -> str:
    """The fewest digits that tell a number from every other of its precision."""
    return f"{float(str(edge)):.17g}" if edge == np.rint(edge) else str(edge)
