"""Which words occur how often in which item, and which of them are worth keeping."""

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.features.content import Texts, WordCounts
from a2bm2gl_tf.data.features.tokens import tokenize
from a2bm2gl_tf.errors import UserError


def count_words(content: Texts | WordCounts) -> sp.csr_matrix:
    """Counts the words of each item.

    Args:
      content: texts, whose columns are then the sorted tokens (see `tokens.tokenize`); or counts,
        which are checked and handed on.

    Returns:
      float64 CSR (n, W), sorted indices; W may be 0.

    Raises:
      UserError: if a given count is not a finite number of 1 or more.
    """
    if isinstance(content, Texts):
        return _count_tokens(content.texts)
    counts = content.counts.astype(np.float64)
    broken = ~(np.isfinite(counts.data) & (counts.data >= 1))
    if broken.any():
        place = broken.argmax()
        item = content.item_ids[np.searchsorted(counts.indptr, place, side="right") - 1]
        raise UserError(
            f"{content.source}: modality {content.name}: item {item} has a word "
            f"{counts.data[place]:g} times; give counts of 1 or more, and leave out other words"
        )
    return counts


def keep_words(
    counts: sp.csr_matrix, min_count: int, max_share: float, max_columns: int | None = None
) -> np.ndarray:
    """Chooses words by document frequency df, the number of items that have the word.

    Args:
      counts: CSR (n, W) without stored zeros.
      min_count: smallest df of a kept word.
      max_share: largest df, as a share of the items that have any word.
      max_columns: keeps the most frequent ones if more are left; the first columns among equals.

    Returns:
      int64 columns, ascending.
    """
    frequency = np.bincount(counts.indices, minlength=counts.shape[1])
    ceiling = max_share * np.count_nonzero(np.diff(counts.indptr))
    kept = np.flatnonzero((frequency >= min_count) & (frequency <= ceiling))
    if max_columns is not None and len(kept) > max_columns:
        # A stable sort of negated numbers keeps equals in column order.
        kept = np.sort(kept[np.argsort(-frequency[kept], kind="stable")[:max_columns]])
    return kept


def _count_tokens(texts: tuple[str, ...]) -> sp.csr_matrix:
    from sklearn.feature_extraction.text import CountVectorizer

    try:
        counts = CountVectorizer(analyzer=tokenize, dtype=np.float64).fit_transform(texts)
    except ValueError:  # Raised for an empty vocabulary alone, since `texts` are strings.
        return sp.csr_matrix((len(texts), 0))
    counts = sp.csr_matrix(counts)
    counts.sort_indices()
    return counts
