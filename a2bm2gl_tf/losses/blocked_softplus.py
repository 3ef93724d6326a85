"""A weighted sum of -log sigmoid(-s) over all pairs of users and items, without keeping them."""

import tensorflow as tf

from a2bm2gl_tf.losses.blocked_sum import blocked_sum


def blocked_softplus_sum(
    users: tf.Tensor,
    items: tf.Tensor,
    user_factors: tf.Tensor,
    item_factors: tf.Tensor,
    block_items: int = 1024,
) -> tf.Tensor:
    r"""sum_u sum_v W_uv softplus(E_u.E_v) with W = F_u F_v^T, value and gradient in one pass.

    softplus(s) = -log sigmoid(-s) is the cross entropy of a negative. A weight of low rank costs
    next to nothing beside the scores.

    Args:
      users: E_u, float32 (b, d).
      items: E_v, float32 (n, d), n known when traced.
      user_factors: F_u, float32 (b, r), constant.
      item_factors: F_v, float32 (n, r), constant.
      block_items: items a block.

    Returns:
      float32 scalar, differentiable in `users` and `items`.
    """

    def costs_and_slope(scores: tf.Tensor, start: int, stop: int) -> tuple[tf.Tensor, tf.Tensor]:
        weights = tf.matmul(user_factors, item_factors[start:stop], transpose_b=True)
        predicted = tf.sigmoid(scores)
        # softplus(s) = max(s, 0) - log sigmoid(|s|); cheaper than another exponential.
        costs = tf.nn.relu(scores) - tf.math.log(tf.maximum(predicted, 1.0 - predicted))
        return weights * costs, weights * predicted

    return blocked_sum(users, items, costs_and_slope, block_items)
