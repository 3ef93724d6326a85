"""Squared errors over the whole catalogue without the whole catalogue of scores."""

from typing import NamedTuple

import tensorflow as tf

from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.edge_products import edge_scores


class CatalogueMoments(NamedTuple):
    """What a sum of squared errors over all items needs of the items.

    Attributes:
      gram: sum_v c_v E_v E_v^T, float32 (d, d).
      total: sum_v c_v E_v, float32 (d,).
      mass: sum_v c_v, float32 scalar.
    """

    gram: tf.Tensor
    total: tf.Tensor
    mass: tf.Tensor


def catalogue_moments(items: tf.Tensor, item_weights: tf.Tensor) -> CatalogueMoments:
    """Weighted moments of the item embeddings in O(V d^2).

    Args:
      items: E_v, float32 (V, d).
      item_weights: c_v, float32 (V,).
    """
    weighted = items * item_weights[:, None]
    return CatalogueMoments(
        tf.matmul(items, weighted, transpose_a=True),
        tf.reduce_sum(weighted, axis=0),
        tf.reduce_sum(item_weights),
    )


def regression_to_targets(
    users: tf.Tensor,
    items: tf.Tensor,
    batch: UserBatch,
    upper: tf.Tensor,
    lower: tf.Tensor,
    positive_weight: float,
    item_weights: tf.Tensor,
    moments: CatalogueMoments | None = None,
) -> tf.Tensor:
    r"""Squared distance of each user's scores to a target for positives and one for negatives.

      sum_{v in N(u)+} c+ (t_u^up - E_u.E_v)^2 + sum_{v in N(u)-} c_v (E_u.E_v - t_u^low)^2

    (Eq. 8 with t the boundaries, Eq. 7 without its sigmoid with t = 1 and 0.) The negative sum is
    the sum over all items, E_u^T G E_u - 2 t^low E_u.S + t^low^2 C from the moments G, S and C,
    less the sum over the positives: O(V d^2 + b d^2 + e d), and no (b, V) matrix.

    Args:
      users: E_u of the batch, float32 (b, d).
      items: E_v, float32 (V, d).
      batch: the positives of each user.
      upper: t^up, float32 (b,).
      lower: t^low, float32 (b,).
      positive_weight: c+, the weight of every positive.
      item_weights: c_v, float32 (V,), the weight of item v as a negative.
      moments: of `items` and `item_weights`, where they are at hand; computed if None.

    Returns:
      float32 (b,), one sum a user.
    """
    if moments is None:
        moments = catalogue_moments(items, item_weights)
    quadratic = tf.reduce_sum(tf.matmul(users, moments.gram) * users, axis=1)
    linear = tf.linalg.matvec(users, moments.total)
    over_all_items = quadratic - 2.0 * lower * linear + tf.square(lower) * moments.mass
    scores = edge_scores(users, items, batch)
    to_upper = tf.square(tf.gather(upper, batch.edge_users) - scores)
    to_lower = tf.square(scores - tf.gather(lower, batch.edge_users))
    edge_item_weights = tf.gather(item_weights, batch.edge_items)
    correction = positive_weight * to_upper - edge_item_weights * to_lower
    return over_all_items + batch.sum_by_user(batch.edge_weights * correction)
