"""Propagation over interactions of which a share is left out, others in every step."""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.layers.resampled_operator import symmetric_product


class InteractionDropout:
    r"""Products with a normalised adjacency that has lost a random share of its interactions.

    An interaction is kept with probability 1 - p and then weighs 1 / (1 - p) times as much, in both
    directions alike, so that the product's expectation is that with the whole adjacency.
    Self-loops always stay. The degrees in the weights remain those of the whole graph.

    Args:
      adjacency: symmetric (N, N).
      rate: p, in (0, 1).
      backend: a resolved backend: "csr", "segment" or "public".
    """

    def __init__(self, adjacency: sp.spmatrix, rate: float, backend: str):
        matrix = sp.csr_matrix(adjacency, dtype=np.float32)
        matrix.sort_indices()
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        columns = matrix.indices.astype(np.int64)
        pairs = np.minimum(rows, columns) * matrix.shape[0] + np.maximum(rows, columns)
        _, draw = np.unique(pairs, return_inverse=True)
        self._num_draws = int(draw.max(initial=-1)) + 1
        self._draw_of_entry = tf.constant(draw, tf.int64)
        self._is_loop = tf.constant(rows == columns)
        self._indices = tf.constant(np.stack([rows, columns], axis=1), tf.int64)
        self._values = tf.constant(matrix.data)
        self._rate, self._shape, self._backend = rate, matrix.shape, backend

    def sample(self, seed: tf.Tensor) -> Callable[[tf.Tensor], tf.Tensor]:
        """The product of one step, a function of x, float32 (N, d).

        Args:
          seed: int32 (2,), stateless.
        """
        kept = tf.random.stateless_uniform([self._num_draws], seed) >= self._rate
        factors = tf.gather(tf.cast(kept, tf.float32) / (1.0 - self._rate), self._draw_of_entry)
        values = self._values * tf.where(self._is_loop, 1.0, factors)
        return symmetric_product(self._indices, values, self._shape, self._backend)
