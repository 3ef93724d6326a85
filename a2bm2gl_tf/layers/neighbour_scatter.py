"""Rows added up at the neighbours that a list names: the transpose of a sum over neighbours."""

import contextlib
import contextvars
from collections.abc import Iterator

import tensorflow as tf

from a2bm2gl_tf.layers.slot_blocks import slot_blocks, sum_over_blocks

# TensorFlow's product of a transposed sparse matrix adds up rows narrower than 32 in a plain loop,
# and wider ones by a general expression that takes several times as long.
_PRODUCT_COLUMNS = 16

_by_products = contextvars.ContextVar("by_products", default=False)


@contextlib.contextmanager
def sparse_product_scatters(allowed: bool) -> Iterator[None]:
    """Lets `scatter` use sparse products in what is traced within.

    On a CPU they take a quarter of the time of segment sums, or less, and no (n, k, d) tensor; XLA
    cannot compile them, and a GPU adds up in no fixed order.

    Args:
      allowed: whether they can be used.
    """
    token = _by_products.set(allowed)
    try:
        yield
    finally:
        _by_products.reset(token)


def scatter(weights: tf.Tensor, x: tf.Tensor, indices: tf.Tensor, num_rows: tf.Tensor) -> tf.Tensor:
    """out_r = sum of weights_ij x_i over all i, j with indices_ij = r.

    Args:
      weights: float32 (n, k), 0 where a slot does not count.
      x: float32 (n, d).
      indices: int (n, k) from 0 to `num_rows` - 1.
      num_rows: N, int scalar.

    Returns:
      float32 (N, d).
    """
    if _by_products.get() and x.shape[1]:
        return _by_sparse_products(weights, x, indices, num_rows)
    return _by_segment_sums(weights, x, indices, num_rows)


def _by_segment_sums(weights, x, indices, num_rows) -> tf.Tensor:
    def part(start: int, stop: int) -> tf.Tensor:
        messages = weights[:, start:stop, None] * x[:, None, :]
        return tf.math.unsorted_segment_sum(messages, indices[:, start:stop], num_rows)

    return sum_over_blocks(slot_blocks(indices, x.shape[1]), part)


def _by_sparse_products(weights, x, indices, num_rows) -> tf.Tensor:
    shape = tf.shape(indices, out_type=tf.int64)
    rows = tf.repeat(tf.range(shape[0]), shape[1])
    columns = tf.cast(tf.reshape(indices, [-1]), tf.int64)
    matrix = tf.SparseTensor(
        tf.stack([rows, columns], axis=1),
        tf.reshape(weights, [-1]),
        tf.stack([shape[0], tf.cast(num_rows, tf.int64)]),
    )
    width = x.shape[1]
    whole, rest = divmod(width, _PRODUCT_COLUMNS)
    slices = tf.split(x, [_PRODUCT_COLUMNS] * whole + [rest] * bool(rest), axis=1)
    products = [tf.sparse.sparse_dense_matmul(matrix, part, adjoint_a=True) for part in slices]
    result = products[0] if len(products) == 1 else tf.concat(products, axis=1)
    result.set_shape([tf.get_static_value(num_rows), width])
    return result
