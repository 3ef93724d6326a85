"""Term frequency times inverse document frequency, of texts and of bags of words."""

import dataclasses
from typing import Any

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.features.content import Texts, WordCounts
from a2bm2gl_tf.data.features.encoder_registry import EncodingOptions
from a2bm2gl_tf.data.features.vocabulary import count_words, keep_words


@dataclasses.dataclass(frozen=True)
class WeightedWords:
    """Weights of the kept words in the items that have any.

    Attributes:
      weights: float64 CSR (p, W), rows of unit length; row i belongs to the i-th present item.
      present: bool (n,), p of them True.
      parameters: for the manifest.
    """

    weights: sp.csr_matrix
    present: np.ndarray
    parameters: dict[str, Any]


def weigh_words(
    content: Texts | WordCounts, options: EncodingOptions, max_columns: int | None = None
) -> WeightedWords:
    """Weighs the words of each item by (1 + ln tf) (1 + ln((1 + n) / (1 + df))).

    tf is how often the item has the word, df how many items have it, n how many items have any word
    that is kept (see `keep_words`). Rows are then divided by their Euclidean norm.

    Args:
      content: texts or counts.
      options: `min_count` and `max_share` choose the words.
      max_columns: how many words to keep at most.

    Returns:
      The weights.

    Raises:
      UserError: as `count_words`.
    """
    from sklearn.feature_extraction.text import TfidfTransformer

    counts = count_words(content)
    kept = keep_words(counts, options.min_count, options.max_share, max_columns)
    parameters = {
        "min_count": options.min_count,
        "max_share": options.max_share,
        "words_found": int(np.count_nonzero(np.bincount(counts.indices))),
        "words_kept": len(kept),
        "weighting": "(1 + ln tf) (1 + ln((1 + n) / (1 + df))), rows of unit length",
    }
    counts = counts[:, kept]
    present = np.diff(counts.indptr) > 0
    if not present.any():
        return WeightedWords(counts[present], present, parameters)
    weights = TfidfTransformer(sublinear_tf=True).fit_transform(counts[present])
    return WeightedWords(sp.csr_matrix(weights), present, parameters)
