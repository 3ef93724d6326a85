"""Words by tf-idf, one column a word or decomposed."""

from a2bm2gl_tf.data.features.content import Texts, WordCounts
from a2bm2gl_tf.data.features.encoder_registry import EncodedRows, EncodingOptions, register_encoder
from a2bm2gl_tf.data.features.encoders.decomposed import encode_decomposed
from a2bm2gl_tf.data.features.tfidf import weigh_words


@register_encoder("tfidf", "text", "word", learned=False, libraries=("scikit-learn",))
def encode_tfidf(
    content: Texts | WordCounts, options: EncodingOptions, argument: str = ""
) -> EncodedRows:
    """Weights of the words that most items have, one column a word.

    Args:
      content: texts or counts of n items.
      options: `max_columns`, `min_count` and `max_share` choose the words; see `weigh_words`.
      argument: not used.

    Returns:
      float32 (n, W), rows of unit length; items without any of the words are absent.

    Raises:
      UserError: as `count_words`.
    """
    del argument
    words = weigh_words(content, options, options.max_columns)
    return EncodedRows.of_present(words.weights.toarray(), words.present, words.parameters)


@register_encoder(
    "tfidf_svd", "text", "word", learned=True, libraries=("scikit-learn", "threadpoolctl")
)
def encode_tfidf_svd(
    content: Texts | WordCounts, options: EncodingOptions, argument: str = ""
) -> EncodedRows:
    """Latent semantic analysis: tf-idf of all words, decomposed (Deerwester et al., 1990).

    Args:
      content: texts or counts of n items.
      options: `dimension` and `seed`; `min_count` and `max_share` choose the words.
      argument: not used.

    Returns:
      float32 (n, r), left singular vectors times singular values; items without words are absent.

    Raises:
      UserError: as `count_words`.
    """
    del argument
    words = weigh_words(content, options)
    return encode_decomposed(words.weights, words.present, options, words.parameters)
