"""The weighted regression loss with fixed targets 1 and 0 (Eq. 7)."""

import tensorflow as tf

from a2bm2gl_tf.losses.blocked_sum import blocked_sum
from a2bm2gl_tf.losses.closed_form import catalogue_moments, regression_to_targets
from a2bm2gl_tf.losses.edge_products import edge_scores
from a2bm2gl_tf.losses.recommendation import RecommendationLoss


class LinearWeightedRegression(RecommendationLoss):
    r"""Eq. 7 with y_uv = E_u.E_v in place of its sigmoid: a closed form over all negatives.

    Args:
      item_weights: c_v, float32 (V,), weight of each item as a negative.
      positive_weight: c+, weight of every positive.
    """

    def __init__(self, item_weights: tf.Tensor, positive_weight: float = 1.0, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.item_weights = item_weights
        self.positive_weight = positive_weight
        self.built = True

    def of_catalogue(self, items):
        """The items' moments."""
        return catalogue_moments(items, self.item_weights)

    def call(self, users, items, batch, seed, catalogue=None):
        """The regression term, mean over the batch's users."""
        del seed
        moments = self.of_catalogue(items) if catalogue is None else catalogue
        zeros = tf.zeros_like(batch.user_weights)
        per_user = regression_to_targets(
            users,
            items,
            batch,
            zeros + 1.0,
            zeros,
            self.positive_weight,
            self.item_weights,
            moments,
        )
        return {"rec": batch.mean_over_users(per_user)}


class SigmoidWeightedRegression(LinearWeightedRegression):
    r"""Eq. 7 as printed, y_uv = sigmoid(E_u.E_v), exact over all negatives.

    The sigmoid has no closed form. Items are taken in blocks and the gradient is accumulated in the
    same pass, so memory holds one (b, block) matrix of scores, never (b, V) with its derivatives.
    With negatives weighted like positives every sigmoid saturates at 0, where nothing has a
    gradient; a mean negative weight of about the share of positives lets it train.

    Args:
      item_weights: c_v, float32 (V,), weight of each item as a negative.
      positive_weight: c+, weight of every positive.
      block_items: items scored at a time.
    """

    def __init__(
        self,
        item_weights: tf.Tensor,
        positive_weight: float = 1.0,
        block_items: int = 4096,
        **kwargs,
    ):
        super().__init__(item_weights, positive_weight, **kwargs)
        self.block_items = block_items

    def of_catalogue(self, items):
        """Nothing: a sigmoid has no moments."""
        del items
        return ()

    def call(self, users, items, batch, seed, catalogue=None):
        """The regression term, mean over the batch's users."""
        del seed, catalogue
        over_all = blocked_sigmoid_squares(
            users, items, batch.user_weights, self.item_weights, self.block_items
        )
        predicted = tf.sigmoid(edge_scores(users, items, batch))
        edge_item_weights = tf.gather(self.item_weights, batch.edge_items)
        correction = self.positive_weight * tf.square(
            1.0 - predicted
        ) - edge_item_weights * tf.square(predicted)
        correction = tf.reduce_sum(batch.edge_weights * correction)
        return {"rec": (over_all + correction) / batch.num_users}


def blocked_sigmoid_squares(
    users: tf.Tensor,
    items: tf.Tensor,
    user_weights: tf.Tensor,
    item_weights: tf.Tensor,
    block_items: int,
) -> tf.Tensor:
    """sum_u a_u sum_v c_v sigmoid(E_u.E_v)^2 with value and gradient from one pass over blocks.

    Args:
      users: float32 (b, d).
      items: float32 (V, d).
      user_weights: a_u, float32 (b,), constant.
      item_weights: c_v, float32 (V,), constant.
      block_items: items a block.

    Returns:
      float32 scalar, differentiable in `users` and `items`.
    """

    def costs_and_slope(scores: tf.Tensor, start: int, stop: int) -> tuple[tf.Tensor, tf.Tensor]:
        predicted = tf.sigmoid(scores)
        weights = user_weights[:, None] * item_weights[None, start:stop]
        weighted = weights * tf.square(predicted)
        # d/ds sigmoid(s)^2 = 2 sigmoid(s)^2 (1 - sigmoid(s))
        return weighted, 2.0 * weighted * (1.0 - predicted)

    return blocked_sum(users, items, costs_and_slope, block_items)
