"""Categories as flags, or decomposed where there are very many of them."""

import dataclasses
from typing import Any

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.features.content import Categories
from a2bm2gl_tf.data.features.encoder_registry import EncodedRows, EncodingOptions, register_encoder
from a2bm2gl_tf.data.features.encoders.decomposed import encode_decomposed
from a2bm2gl_tf.data.features.vocabulary import keep_words

_OTHER = "other"


@register_encoder("auto", "category", learned=False)
def encode_by_number(
    content: Categories, options: EncodingOptions, argument: str = ""
) -> EncodedRows:
    """As "multi_hot" where there are at most `max_columns` categories, else as "hashed"."""
    fitting = _used(content.flags) <= options.max_columns
    name, encoder = ("multi_hot", encode_multi_hot) if fitting else ("hashed", encode_hashed)
    rows = encoder(content, options, argument)
    return dataclasses.replace(rows, parameters=rows.parameters | {"chosen": name})


@register_encoder("hashed", "category", learned=False)
def encode_hashed(content: Categories, options: EncodingOptions, argument: str = "") -> EncodedRows:
    """A random direction a category, an item's row being the sum of its categories' directions.

    For thousands of authors or tracks: items with the same author have the same row, and rows of
    different authors have a cosine of expectation 0 and deviation 1 / sqrt(dimension) (random
    projection, Achlioptas, 2003), where a cap on columns would throw all rare authors together.

    Args:
      content: flags of n items.
      options: `dimension`, d, and `seed`. A category's direction depends on its column.
      argument: not used.

    Returns:
      float32 (n, d); each direction has entries of +-1 / sqrt(d). Items without a category are
      absent.
    """
    del argument
    kept = keep_words(content.flags, min_count=1, max_share=1.0)
    # PCG64 by name: default_rng may change its generator between NumPy releases.
    rng = np.random.Generator(np.random.PCG64(options.seed))
    signs = 2 * rng.integers(2, size=(len(kept), options.dimension), dtype=np.int8) - 1
    directions = (signs / np.sqrt(options.dimension)).astype(np.float32)
    rows = np.asarray(content.flags[:, kept] @ directions, np.float32)
    present = np.diff(content.flags.indptr) > 0
    parameters = {"categories_found": len(kept), "dimension": options.dimension}
    return EncodedRows(rows, present, parameters | {"seed": options.seed})


@register_encoder("multi_hot", "category", learned=False)
def encode_multi_hot(
    content: Categories, options: EncodingOptions, argument: str = ""
) -> EncodedRows:
    """One column of ones and zeros a category.

    Args:
      content: flags of n items.
      options: with more than `max_columns` categories, the most frequent `max_columns - 1` have
        columns, and a last one, "other", says that the item has any of the rest.
      argument: not used.

    Returns:
      float32 (n, C) of ones and zeros; items without a category are absent.
    """
    del argument
    flags, parameters = _limit(content, options.max_columns)
    return EncodedRows(flags.toarray(), np.diff(flags.indptr) > 0, parameters)


@register_encoder("multi_hot_idf", "category", learned=False)
def encode_multi_hot_idf(
    content: Categories, options: EncodingOptions, argument: str = ""
) -> EncodedRows:
    """As "multi_hot", a column's ones replaced by 1 + ln((1 + n) / (1 + df)).

    df is how many items have the category, n how many have any: what few items share says more.

    Args:
      content: flags of n items.
      options: as "multi_hot".
      argument: not used.

    Returns:
      float32 (n, C); items without a category are absent.
    """
    del argument
    flags, parameters = _limit(content, options.max_columns)
    weights = _inverse_frequency(flags).toarray().astype(np.float32)
    return EncodedRows(weights, np.diff(flags.indptr) > 0, parameters | {"idf": True})


@register_encoder("svd", "category", learned=True, libraries=("scikit-learn", "threadpoolctl"))
def encode_category_svd(
    content: Categories, options: EncodingOptions, argument: str = ""
) -> EncodedRows:
    """Flags weighted by inverse document frequency, decomposed: for authors, music, tags.

    A category of a single item, `min_count` allowing it, takes a direction of its own; keep
    `min_count` at 2 or more where that is not wanted.

    Args:
      content: flags of n items.
      options: `dimension`, `seed`; `min_count` and `max_share` choose the categories.
      argument: not used.

    Returns:
      float32 (n, r), left singular vectors times singular values; items without a category that is
      kept are absent.
    """
    del argument
    kept = keep_words(content.flags, options.min_count, options.max_share)
    flags = content.flags[:, kept]
    present = np.diff(flags.indptr) > 0
    parameters = {
        "min_count": options.min_count,
        "max_share": options.max_share,
        "categories_found": _used(content.flags),
        "categories_kept": len(kept),
    }
    return encode_decomposed(_inverse_frequency(flags)[present], present, options, parameters)


def _limit(content: Categories, max_columns: int) -> tuple[sp.csr_matrix, dict[str, Any]]:
    """At most `max_columns` columns of flags, and what they stand for."""
    kept = keep_words(content.flags, min_count=1, max_share=1.0)
    parameters: dict[str, Any] = {"categories_found": len(kept), "idf": False}
    if len(kept) <= max_columns:
        flags = content.flags[:, kept]
        return flags, parameters | {"columns": [content.labels[column] for column in kept]}
    top = keep_words(content.flags, 1, 1.0, max_columns - 1)
    rest = content.flags[:, np.setdiff1d(kept, top)]
    other = sp.csr_matrix(np.diff(rest.indptr)[:, None] > 0, dtype=np.float32)
    flags = sp.hstack([content.flags[:, top], other], format="csr", dtype=np.float32)
    flags.sort_indices()
    columns = [content.labels[column] for column in top] + [_OTHER]
    return flags, parameters | {"columns": columns}


def _inverse_frequency(flags: sp.csr_matrix) -> sp.csr_matrix:
    frequency = np.bincount(flags.indices, minlength=flags.shape[1])
    items = np.count_nonzero(np.diff(flags.indptr))
    weights = 1 + np.log((1 + items) / (1 + frequency))
    return sp.csr_matrix(flags.astype(np.float64) @ sp.diags_array(weights))


def _used(flags: sp.csr_matrix) -> int:
    return int(np.count_nonzero(np.bincount(flags.indices)))
