"""The negatives of L_str, which Eq. 2 leaves out."""

import tensorflow as tf

from a2bm2gl_tf.losses.blocked_softplus import blocked_softplus_sum
from a2bm2gl_tf.losses.edge_products import edge_scores
from a2bm2gl_tf.losses.model_losses.model_loss import ModelLoss


class StructuralNegativesLoss(ModelLoss):
    r"""-w sum_u d_u mean_{v not in N(u)} log sigmoid(-E_u^str.E_v^str).

    UltraGCN, whose constraint loss Eq. 2 is, draws negatives for every positive; the mean over all
    of them is what that has for expectation. w weighs them against the edges of Eq. 2 with
    beta = 1.
    """

    def __call__(self, model, representations, batch, seed):
        """The weighted term, "structural_negatives", a mean over users.

        Args:
          model: an `A2BM2GL`.
          representations: of this step's forward pass.
          batch: all users of the step.
          seed: not used.
        """
        del seed
        users = tf.gather(representations.structural_users, batch.users)
        items = representations.structural_items
        degrees = tf.cast(batch.degrees, tf.float32)
        scale = batch.user_weights * degrees / tf.maximum(model.num_items - degrees, 1.0)
        over_all = blocked_softplus_sum(users, items, scale[:, None], tf.ones([model.num_items, 1]))
        of_positives = tf.math.softplus(edge_scores(users, items, batch))
        of_positives *= batch.edge_weights * tf.gather(scale, batch.edge_users)
        total = over_all - tf.reduce_sum(of_positives)
        weight = model.settings.structural_negative_weight
        return {"structural_negatives": weight * total / batch.num_users}
