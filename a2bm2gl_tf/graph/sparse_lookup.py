"""Entries of a constant sparse matrix at pairs that are only known in a training step."""

import numpy as np
import scipy.sparse as sp
import tensorflow as tf


class SparseLookup:
    """A[i, j] for any pairs, 0 where A has no entry; one binary search a pair, 12 bytes an entry.

    Args:
      matrix: scipy sparse (n, m); duplicates are added up.
    """

    def __init__(self, matrix: sp.spmatrix):
        canonical = sp.csr_matrix(matrix, dtype=np.float32)
        canonical.sum_duplicates()
        self.shape = canonical.shape
        rows = np.repeat(np.arange(self.shape[0], dtype=np.int64), np.diff(canonical.indptr))
        # A last entry that no pair has, so that every search ends at an entry.
        end = np.array([self.shape[0] * self.shape[1]], np.int64)
        self._keys = tf.constant(np.concatenate([rows * self.shape[1] + canonical.indices, end]))
        self._values = tf.constant(np.append(canonical.data, np.float32(0.0)))

    def __call__(self, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
        """Looks the entries up.

        Args:
          rows: int, any shape.
          columns: int, the same shape.

        Returns:
          float32, the same shape; no gradient.
        """
        keys = tf.cast(rows, tf.int64) * self.shape[1] + tf.cast(columns, tf.int64)
        places = tf.searchsorted(self._keys, tf.reshape(keys, [-1]))
        places = tf.reshape(places, tf.shape(keys))
        found = tf.equal(tf.gather(self._keys, places), keys)
        return tf.where(found, tf.gather(self._values, places), 0.0)
