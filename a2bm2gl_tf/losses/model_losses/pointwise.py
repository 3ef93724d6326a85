"""Each pair on its own: interacted or not, by binary cross-entropy."""

import tensorflow as tf

from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.model_losses.model_loss import ModelLoss
from a2bm2gl_tf.losses.sampling import has_negatives, sample_negatives
from a2bm2gl_tf.models.recommender import Recommender, Representations


class PointwiseLoss(ModelLoss):
    r"""Binary cross-entropy of positives and sampled negatives (He et al., WWW 2017).

      -sum_u sum_{v in N(u)+} ( log sigmoid(s_uv) + sum_n log(1 - sigmoid(s_uv'_n)) )

    v'_n is uniform in N(u)-, drawn anew in each step, `model.num_negatives` for each positive.
    """

    def __call__(
        self,
        model: Recommender,
        representations: Representations,
        batch: UserBatch,
        seed: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """The term, summed over a user's pairs, mean over the batch's users; see `ModelLoss`."""
        users = batch.users_of_edges
        negatives = sample_negatives(batch, model.num_items, model.num_negatives, seed)
        positive_scores = model.pair_scores(representations, users, batch.edge_items)
        negative_scores = model.pair_scores(representations, users, negatives)
        per_edge = tf.math.softplus(-positive_scores) + tf.reduce_sum(
            tf.math.softplus(negative_scores), axis=1
        )
        weights = batch.edge_weights * has_negatives(batch, model.num_items)
        return {"pointwise": batch.mean_over_users(batch.sum_by_user(weights * per_edge))}
