"""Encoders; importing the package makes them known to `encoding.encode`.

Libraries that only one encoder needs are imported when it runs: training reads features, and should
not wait for what made them.
"""

from a2bm2gl_tf.data.features.encoders import (
    categories,
    colour_texture,
    doc2vec,
    keras_network,
    sentence,
    tfidf,
    vectors,
)

__all__ = [
    "categories",
    "colour_texture",
    "doc2vec",
    "keras_network",
    "sentence",
    "tfidf",
    "vectors",
]
