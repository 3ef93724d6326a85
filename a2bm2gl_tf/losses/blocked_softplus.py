"""A weighted sum of -log sigmoid(-s) over all pairs of users and items, without keeping them."""

import tensorflow as tf


def blocked_softplus_sum(
    users: tf.Tensor,
    items: tf.Tensor,
    user_factors: tf.Tensor,
    item_factors: tf.Tensor,
    block_items: int = 1024,
) -> tf.Tensor:
    r"""sum_u sum_v W_uv softplus(E_u.E_v) with W = F_u F_v^T, value and gradient in one pass.

    softplus(s) = -log sigmoid(-s) is the cross entropy of a negative. A weight of low rank costs
    next to nothing beside the scores. Items are taken in blocks, one after the other, so memory
    holds a few (b, block) matrices, never (b, V).

    Args:
      users: E_u, float32 (b, d).
      items: E_v, float32 (n, d), n known when traced.
      user_factors: F_u, float32 (b, r), constant.
      item_factors: F_v, float32 (n, r), constant.
      block_items: items a block.

    Returns:
      float32 scalar, differentiable in `users` and `items`.
    """
    num_items = items.shape[0]

    @tf.custom_gradient
    def forward(users, items):
        value = tf.zeros([])
        users_gradient = tf.zeros_like(users)
        items_gradients = []
        for start in range(0, num_items, block_items):
            # Without the order all blocks would exist at once.
            with tf.control_dependencies([users_gradient]):
                block = items[start : start + block_items]
            scores = tf.matmul(users, block, transpose_b=True)
            weights = tf.matmul(
                user_factors, item_factors[start : start + block_items], transpose_b=True
            )
            predicted = tf.sigmoid(scores)
            # softplus(s) = max(s, 0) - log sigmoid(|s|); cheaper than another exponential.
            costs = tf.nn.relu(scores) - tf.math.log(tf.maximum(predicted, 1.0 - predicted))
            value += tf.reduce_sum(weights * costs)
            slope = weights * predicted
            users_gradient += tf.matmul(slope, block)
            items_gradients.append(tf.matmul(slope, users, transpose_a=True))
        items_gradient = tf.concat(items_gradients, axis=0)

        def backward(upstream):
            return upstream * users_gradient, upstream * items_gradient

        return value, backward

    return forward(users, items)
