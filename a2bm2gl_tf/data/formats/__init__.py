"""Formats; importing the package makes its readers known to `registry.read_format`."""

from a2bm2gl_tf.data.formats import (
    movielens_1m,
    movielens_100k,
)

__all__ = [
    "movielens_1m",
    "movielens_100k",
]
