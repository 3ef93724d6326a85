"""A sum over all pairs of users and items with its gradient, without a matrix of them all."""

from collections.abc import Callable

import tensorflow as tf

# (scores (b, n), first item, item after the last) -> (cost of each pair, its slope), both (b, n).
CostOfScores = Callable[[tf.Tensor, int, int], tuple[tf.Tensor, tf.Tensor]]


def blocked_sum(
    users: tf.Tensor, items: tf.Tensor, cost_of_scores: CostOfScores, block_items: int
) -> tf.Tensor:
    """sum_u sum_v cost(E_u.E_v), value and gradient from one pass over blocks of items.

    Blocks follow one another, so memory holds a few (b, block) matrices, never (b, V).

    Args:
      users: E_u, float32 (b, d).
      items: E_v, float32 (V, d), V known when traced.
      cost_of_scores: gives a block's costs, weights included, and their derivatives in the scores;
        what else it reads is constant.
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
            costs, slope = cost_of_scores(scores, start, min(start + block_items, num_items))
            value += tf.reduce_sum(costs)
            users_gradient += tf.matmul(slope, block)
            items_gradients.append(tf.matmul(slope, users, transpose_a=True))
        items_gradient = tf.concat(items_gradients, axis=0)

        def backward(upstream):
            return upstream * users_gradient, upstream * items_gradient

        return value, backward

    return forward(users, items)
