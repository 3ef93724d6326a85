"""Ready vectors, taken as they are."""

from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.features.encoding import EncodedRows, EncodingOptions, register_encoder


@register_encoder("as_is", "vector", learned=False)
def take_as_is(content: Vectors, options: EncodingOptions, argument: str = "") -> EncodedRows:
    """Hands the vectors on.

    A vector that is all zero counts as absent: it has no direction, so no cosine with anything.

    Args:
      content: vectors (n, f).
      options: not used.
      argument: not used.

    Returns:
      The same float32 (n, f).
    """
    del options, argument
    return EncodedRows(content.rows, content.rows.any(axis=1), {"width": content.rows.shape[1]})
