"""PinSAGE's max-margin loss with uniform and hard negatives (Ying et al., KDD 2018, Eq. 1)."""

import tensorflow as tf

from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.edge_products import edge_scores
from a2bm2gl_tf.losses.model_losses.model_loss import ModelLoss
from a2bm2gl_tf.losses.sampling import has_negatives, sample_negatives
from a2bm2gl_tf.models.baselines.pin_sage import PinSAGE
from a2bm2gl_tf.models.recommender import Representations


class MaxMarginLoss(ModelLoss):
    r"""Hinges of a positive against each of its negatives, averaged over the negatives.

      sum_u sum_{v in N(u)+} mean_n max(0, z_u.z_n - z_u.z_v + Delta)

    The negatives n of an interaction are `negatives` uniform ones and the first
    `hard_negatives_now` of `hard_negatives` drawn uniformly from the user's `hard_items`. Without
    hard items there are no hard negatives.
    """

    def __call__(
        self,
        model: PinSAGE,
        representations: Representations,
        batch: UserBatch,
        seed: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """The term, summed over a user's positives, mean over the batch's users."""
        settings, items = model.settings, representations.items
        users = tf.gather(representations.users, batch.users)
        uniform_seed, hard_seed = tf.unstack(tf.random.split(seed, 2))
        negatives = sample_negatives(batch, model.num_items, settings.negatives, uniform_seed)
        counts = tf.ones_like(negatives, tf.float32)
        if settings.hard_negatives:
            hard, available = draw_hard_negatives(model, batch, hard_seed)
            reached = tf.range(settings.hard_negatives, dtype=tf.float32) < tf.convert_to_tensor(
                model.hard_negatives_now
            )
            negatives = tf.concat([negatives, hard], axis=1)
            counts = tf.concat(
                [counts, available[:, None] * tf.cast(reached, tf.float32)[None, :]], axis=1
            )
        positive = edge_scores(users, items, batch)
        negative = tf.einsum(
            "ed,end->en", tf.gather(users, batch.edge_users), tf.gather(items, negatives)
        )
        hinges = tf.nn.relu(negative - positive[:, None] + settings.margin)
        per_edge = tf.reduce_sum(counts * hinges, axis=1) / tf.reduce_sum(counts, axis=1)
        weights = batch.edge_weights * has_negatives(batch, model.num_items)
        return {"max_margin": batch.mean_over_users(batch.sum_by_user(weights * per_edge))}


def draw_hard_negatives(
    model: PinSAGE, batch: UserBatch, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Draws from the hard items of every edge's user, uniformly and with replacement.

    Args:
      model: its `hard_items`, `num_hard_items` and `settings.hard_negatives`, h.
      batch: the edges.
      seed: int32 (2,), stateless seed.

    Returns:
      Items, int32 (e, h), and float32 (e,): 1 for an edge whose user has hard items, else 0, where
      the items mean nothing.
    """
    users = batch.users_of_edges
    listed = tf.gather(model.num_hard_items, users)
    shape = tf.stack([tf.shape(users)[0], model.settings.hard_negatives])
    uniform = tf.random.stateless_uniform(shape, seed)
    # float32 rounds the product with a number just below 1 up to the length of the list.
    last = tf.maximum(listed - 1.0, 0.0)
    places = tf.cast(tf.minimum(tf.floor(uniform * listed[:, None]), last[:, None]), tf.int64)
    rows = tf.cast(users, tf.int64)[:, None] * model.hard_items.shape[1]
    drawn = tf.gather(tf.reshape(model.hard_items, [-1]), rows + places)
    return tf.cast(tf.maximum(drawn, 0), tf.int32), tf.cast(listed > 0, tf.float32)
