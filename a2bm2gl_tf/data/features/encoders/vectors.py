"""Ready vectors, taken as they are or narrowed."""

import numpy as np

from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.features.encoder_registry import EncodedRows, EncodingOptions, register_encoder
from a2bm2gl_tf.data.features.encoders.decomposed import encode_decomposed


@register_encoder("as_is", "vector", learned=False)
def take_as_is(content: Vectors, options: EncodingOptions, argument: str = "") -> EncodedRows:
    """Hands the vectors on.

    A vector that is all zero counts as absent, for it has no direction and so no cosine with
    anything, unless `zeros_present`: then scaling may give it one.

    Args:
      content: vectors (n, f).
      options: not used.
      argument: not used.

    Returns:
      The same float32 (n, f).
    """
    del options, argument
    return EncodedRows(content.rows, content.present, {"width": content.rows.shape[1]})


@register_encoder("pca", "vector", learned=True, libraries=("scikit-learn", "threadpoolctl"))
def project_on_principal_axes(
    content: Vectors, options: EncodingOptions, argument: str = ""
) -> EncodedRows:
    """Principal component analysis of the vectors that are present.

    Args:
      content: vectors (n, f).
      options: `dimension` and `seed`.
      argument: not used.

    Returns:
      float32 (n, r), coordinates on the first r principal axes, r at most `dimension`; zero
      vectors are absent unless `zeros_present`. If all vectors are equal there is no axis, and none
      is present.
    """
    del argument
    present = content.present
    rows = content.rows[present].astype(np.float64)
    if present.any():
        # The sum of equal float32 numbers is exact in float64, so a constant column becomes 0.
        rows -= rows.mean(axis=0)
    return encode_decomposed(rows, present, options, {"width": content.rows.shape[1]})
