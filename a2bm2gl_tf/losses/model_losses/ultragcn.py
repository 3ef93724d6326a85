"""UltraGCN's loss: cross entropy, the constraint of infinite layers, and the item-item graph."""

import tensorflow as tf

from a2bm2gl_tf.layers.neighbour_ops import neighbour_dot
from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.blocked_softplus import blocked_softplus_sum
from a2bm2gl_tf.losses.edge_products import edge_scores
from a2bm2gl_tf.losses.model_losses.model_loss import ModelLoss
from a2bm2gl_tf.models.baselines.ultragcn import UltraGCN
from a2bm2gl_tf.models.recommender import Recommender, Representations


class UltraGCNLoss(ModelLoss):
    r"""L_O + lambda L_C + gamma L_I (Mao et al., CIKM 2021).

    With s_uv = E_u.E_v and v' running over the negatives of a positive,

      L_O + lambda L_C = -sum_(u,v) [ (w1 + w2 beta_uv) log sigmoid(s_uv)
                         + a mean_v' (w3 + w4 beta_uv') log sigmoid(-s_uv') ]
      L_I = -sum_(u,v) sum_{j in S(v)} omega_vj log sigmoid(s_uj)

    where a is the negatives' weight. The paper has w1 = w3 = 1 and w2 = w4 = lambda.

    Adapted: a batch holds whole users, and the paper's hundreds of negatives for each positive come
    to about the catalogue for each user. So the mean over v' is exact, over all items the user has
    not met, in blocks of items (`shared_negatives` = 0): the expectation of sampling without its
    variance, at the cost of three dense products. Otherwise one uniform sample, with replacement,
    stands for the catalogue for all users of the step; positives in it are taken out again, and
    the estimate is unbiased. L2 is the objective's own term, over |U| and on all embeddings.
    """

    def __call__(
        self,
        model: Recommender,
        representations: Representations,
        batch: UserBatch,
        seed: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """The terms "rec" (L_O + lambda L_C) and "item_graph" (gamma L_I), means over users.

        Args:
          model: an `UltraGCN`.
          representations: of this step's forward pass.
          batch: all users of the step.
          seed: int32 (2,), of the shared negatives.
        """
        users = tf.gather(representations.users, batch.users)
        rec = _rec_term(model, users, representations.items, batch, seed)
        terms = {"rec": rec / batch.num_users}
        if model.settings.item_weight:
            of_items = _item_graph_term(model, users, representations.items, batch)
            terms["item_graph"] = model.settings.item_weight * of_items / batch.num_users
        return terms


def _rec_term(
    model: UltraGCN, users: tf.Tensor, items: tf.Tensor, batch: UserBatch, seed: tf.Tensor
) -> tf.Tensor:
    """L_O + lambda L_C, summed over the batch's users."""
    settings = model.settings
    positive_scores = edge_scores(users, items, batch)
    positive_weights = settings.positive_main + settings.positive_constraint * batch.edge_beta

    degrees = tf.cast(batch.degrees, tf.float32)
    # Each of a user's positives brings the same mean over the same negatives.
    scale = settings.negative_weight * degrees / tf.maximum(model.num_items - degrees, 1.0)
    scale *= batch.user_weights
    of_users = tf.gather(model.user_factors, batch.users)
    user_factors = tf.stack(
        [scale * settings.negative_main, scale * of_users * settings.negative_constraint], axis=1
    )
    item_factors = tf.stack([tf.ones_like(model.item_factors), model.item_factors], axis=1)

    if settings.shared_negatives:
        drawn = tf.random.stateless_uniform(
            [settings.shared_negatives], seed, maxval=model.num_items, dtype=tf.int32
        )
        each = tf.fill([settings.shared_negatives], model.num_items / settings.shared_negatives)
        counts = tf.math.unsorted_segment_sum(each, drawn, model.num_items)
        over_all = blocked_softplus_sum(
            users,
            tf.gather(items, drawn),
            user_factors,
            tf.gather(item_factors, drawn) * each[:, None],
        )
    else:
        counts = tf.ones([model.num_items])
        over_all = blocked_softplus_sum(users, items, user_factors, item_factors)
    as_negatives = tf.gather(counts, batch.edge_items) * tf.reduce_sum(
        tf.gather(user_factors, batch.edge_users) * tf.gather(item_factors, batch.edge_items),
        axis=1,
    )
    per_edge = positive_weights * tf.math.softplus(
        -positive_scores
    ) - as_negatives * tf.math.softplus(positive_scores)
    return over_all + tf.reduce_sum(batch.edge_weights * per_edge)


def _item_graph_term(
    model: UltraGCN, users: tf.Tensor, items: tf.Tensor, batch: UserBatch
) -> tf.Tensor:
    """L_I, summed over the batch's users."""
    neighbours = tf.gather(model.neighbours, batch.edge_items)
    omega = tf.gather(model.omega, batch.edge_items)
    scores = neighbour_dot(tf.gather(users, batch.edge_users), items, neighbours)
    return tf.reduce_sum(batch.edge_weights[:, None] * omega * tf.math.softplus(-scores))
