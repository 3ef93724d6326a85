"""Scores of edges and sums over edges, without keeping an (e, d) tensor for the gradient.

Scores are products of rows along edges; their gradient in the users is the sparse matrix of the
upstream values times the items, and in the items its transpose times the users. So three products
are enough, each the gradient of another: `_dot`, `_onto_users` and `_onto_items`.

Rows are gathered a block of edges at a time. Besides bounding memory that is faster, because a
block's rows are still in the cache when they are multiplied.
"""

import tensorflow as tf

from a2bm2gl_tf.graph.propagation import csr_ops
from a2bm2gl_tf.losses.batch import UserBatch

# Edges whose rows are gathered at a time: 4 MiB a side at d = 64.
_BLOCK_EDGES = 16 * 1024


def edge_scores(users: tf.Tensor, items: tf.Tensor, batch: UserBatch) -> tf.Tensor:
    """Scores E_u . E_v of the batch's edges.

    Args:
      users: E_u of the batch's users, float32 (b, d).
      items: E_v of all items, float32 (V, d).
      batch: the edges.

    Returns:
      float32 (e,), differentiable in `users` and `items`.
    """

    @tf.custom_gradient
    def forward(users, items):
        def backward(upstream):
            upstream = tf.convert_to_tensor(upstream)
            return (
                _onto_users(upstream, items, batch, tf.shape(users)[0]),
                _onto_items(upstream, users, batch, tf.shape(items)[0]),
            )

        return _dot(users, items, batch), backward

    return forward(users, items)


def sum_of_edge_items(items: tf.Tensor, batch: UserBatch) -> tf.Tensor:
    """The sum of the embeddings of each user's items, sum_{v in N(u)} E_v.

    Args:
      items: E_v of all items, float32 (V, d).
      batch: the edges; those of weight 0 do not count.

    Returns:
      float32 (b, d), differentiable in `items`.
    """

    @tf.custom_gradient
    def forward(items):
        def backward(upstream):
            upstream = tf.convert_to_tensor(upstream)
            return _onto_items(batch.edge_weights, upstream, batch, tf.shape(items)[0])

        return _onto_users(batch.edge_weights, items, batch, tf.shape(batch.users)[0]), backward

    return forward(items)


def _dot(users: tf.Tensor, items: tf.Tensor, batch: UserBatch) -> tf.Tensor:
    """Products of rows along the edges, (e,)."""
    num_edges = tf.shape(batch.edge_users)[0]
    if not batch.item_order:
        return _block_dot(users, items, batch.edge_users, batch.edge_items)
    # An empty block where there are no edges, because nothing at all cannot be joined.
    num_blocks = tf.maximum((num_edges + _BLOCK_EDGES - 1) // _BLOCK_EDGES, 1)
    blocks = tf.TensorArray(tf.float32, size=num_blocks, element_shape=[None], infer_shape=False)

    def body(block, blocks):
        start = block * _BLOCK_EDGES
        stop = start + _BLOCK_EDGES
        scores = _block_dot(
            users, items, batch.edge_users[start:stop], batch.edge_items[start:stop]
        )
        return block + 1, blocks.write(block, scores)

    # One block at a time: several at once would not fit the cache together.
    _, blocks = tf.while_loop(
        lambda block, _: block < num_blocks,
        body,
        (tf.constant(0), blocks),
        parallel_iterations=1,
    )
    return blocks.concat()


def _block_dot(users, items, edge_users, edge_items):
    return tf.reduce_sum(tf.gather(users, edge_users) * tf.gather(items, edge_items), axis=1)


def _onto_users(
    values: tf.Tensor, items: tf.Tensor, batch: UserBatch, num_users: tf.Tensor
) -> tf.Tensor:
    """Row u is the sum over u's edges of value times E_v: (b, d)."""
    rows, columns = batch.edge_users, batch.edge_items
    if not batch.item_order:
        return _segment_product(rows, columns, values, num_users, items)
    return _sparse_product(rows, columns, values, num_users, items)


def _onto_items(
    values: tf.Tensor, users: tf.Tensor, batch: UserBatch, num_items: tf.Tensor
) -> tf.Tensor:
    """Row v is the sum over v's edges of value times E_u: (V, d)."""
    edges = (batch.edge_items, batch.edge_users, values)
    if not batch.item_order:
        return _segment_product(*edges, num_items, users)
    by_item = (tf.gather(part, batch.item_order[0]) for part in edges)
    return _sparse_product(*by_item, num_items, users)


def _segment_product(rows, columns, values, num_rows, dense):
    """A product with the matrix of `values` at (rows, columns), in any order."""
    messages = values[:, None] * tf.gather(dense, columns)
    return tf.math.unsorted_segment_sum(messages, rows, num_rows)


def _sparse_product(rows, columns, values, num_rows, dense):
    """The same for entries sorted by row and column, several times faster on a CPU."""
    indices = tf.cast(tf.stack([rows, columns], axis=1), tf.int64)
    shape = tf.cast(tf.stack([num_rows, tf.shape(dense)[0]]), tf.int64)
    matrix = csr_ops.sparse_tensor_to_csr_sparse_matrix(indices, values, shape)
    result = csr_ops.sparse_matrix_mat_mul(matrix, dense)
    result.set_shape([None, dense.shape[1]])
    return result
