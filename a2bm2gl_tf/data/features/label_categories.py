"""Labels of items, as files hold them in text, as categories."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.features.content import Categories


def label_categories(
    name: str, item_ids: np.ndarray, labels: Sequence[Sequence[str]], source: Path
) -> Categories:
    """Makes a category of every distinct label; items without any are left out.

    Args:
      name: name of the modality and of the labels, such as "genre=Comedy".
      item_ids: (n,), none twice.
      labels: n sequences of labels; a label that an item has twice counts once.
      source: the file, for messages.

    Returns:
      The categories, labels ascending.
    """
    known = sorted({label for row in labels for label in row})
    columns = {label: column for column, label in enumerate(known)}
    rows = [sorted({columns[label] for label in row}) for row in labels]
    lengths = np.array([len(row) for row in rows], np.int64)
    flat = [column for row in rows for column in row]
    flags = sp.csr_matrix(
        (
            np.ones(len(flat), np.float32),
            np.array(flat, np.int32),
            np.concatenate([[0], np.cumsum(lengths)]),
        ),
        shape=(len(rows), len(known)),
    )
    kept = lengths > 0
    return Categories(
        name, item_ids[kept], source, flags[kept], tuple(f"{name}={label}" for label in known)
    )
