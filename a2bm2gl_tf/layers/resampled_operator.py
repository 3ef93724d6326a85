"""Products with a symmetric sparse matrix that is replaced between steps."""

from collections.abc import Callable

import keras
import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import csr_ops


class ResampledOperator(keras.layers.Layer):
    """A x for a symmetric A of a fixed number of entries, which are variables.

    `assign` replaces the entries without a new trace of the step. A step builds its matrix of them
    once, by `product`; with the "csr" backend that costs less than one product, so that a graph of
    variables is hardly slower than a constant one.

    Args:
      shape: (n, n).
      num_entries: non-zero entries that every matrix to come has.
      backend: a resolved backend: "csr", "segment" or "public".
    """

    def __init__(self, shape: tuple[int, int], num_entries: int, backend: str, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.shape, self.backend = shape, backend
        self.indices = self.add_weight(
            name="indices",
            shape=(num_entries, 2),
            dtype="int64",
            initializer="zeros",
            trainable=False,
        )
        self.values = self.add_weight(
            name="values", shape=(num_entries,), initializer="zeros", trainable=False
        )
        self.built = True

    def assign(self, matrix: sp.csr_matrix) -> None:
        """Replaces the entries.

        Args:
          matrix: symmetric CSR (n, n), sorted indices.

        Raises:
          ValueError: for another number of entries, another shape or unsorted indices.
        """
        if matrix.shape != self.shape or not matrix.has_sorted_indices:
            raise ValueError(f"give a matrix of shape {self.shape} with sorted indices")
        rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        self.indices.assign(np.stack([rows, matrix.indices], axis=1).astype(np.int64))
        self.values.assign(matrix.data.astype(np.float32))

    def product(self):
        """The matrix as it stands: a function of x, float32 (n, d), to A x, differentiable in x."""
        indices, values = tf.convert_to_tensor(self.indices), tf.convert_to_tensor(self.values)
        return symmetric_product(indices, values, self.shape, self.backend)


def symmetric_product(
    indices: tf.Tensor, values: tf.Tensor, shape: tuple[int, int], backend: str
) -> Callable[[tf.Tensor], tf.Tensor]:
    """A function of x, float32 (n, d), to A x, for a symmetric A made of tensors.

    Args:
      indices: int64 (e, 2), (row, column) of the entries in ascending order.
      values: float32 (e,); the product has no gradient in them.
      shape: (n, n).
      backend: a resolved backend: "csr", "segment" or "public".
    """
    if backend == "segment":
        rows, columns = tf.unstack(indices, axis=1)
        return _differentiable(
            lambda x: tf.math.unsorted_segment_sum(
                tf.gather(x, columns) * values[:, None], rows, shape[0]
            )
        )
    if backend == "public":
        sparse = tf.SparseTensor(indices, values, shape)
        return _differentiable(lambda x: tf.sparse.sparse_dense_matmul(sparse, x))
    matrix = csr_ops.sparse_tensor_to_csr_sparse_matrix(
        indices, values, tf.constant(shape, tf.int64)
    )

    def multiply(x):
        result = csr_ops.sparse_matrix_mat_mul(matrix, x)
        result.set_shape([shape[0], x.shape[1]])
        return result

    return _differentiable(multiply)


def _differentiable(multiply):
    """The product with its gradient, which is the same product because A is symmetric."""

    @tf.custom_gradient
    def product(x):
        return multiply(x), lambda dy: multiply(tf.convert_to_tensor(dy))

    return product
