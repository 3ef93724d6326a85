"""BPR for models whose scores are no products of embeddings."""

import tensorflow as tf

from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.model_losses.model_loss import ModelLoss
from a2bm2gl_tf.losses.sampling import has_negatives, sample_negatives
from a2bm2gl_tf.models.recommender import Recommender, Representations


class PairBPRLoss(ModelLoss):
    r"""Bayesian personalised ranking (Rendle et al., UAI 2009) of `Recommender.pair_scores`.

      -sum_u sum_{v in N(u)+} log sigmoid(s_uv - s_uv'),   v' uniform in N(u)-

    One negative is drawn for each positive of each step.
    """

    def __call__(
        self,
        model: Recommender,
        representations: Representations,
        batch: UserBatch,
        seed: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """The term, summed over a user's positives, mean over the batch's users."""
        users = batch.users_of_edges
        negatives = sample_negatives(batch, model.num_items, 1, seed)[:, 0]
        positive = model.pair_scores(representations, users, batch.edge_items)
        negative = model.pair_scores(representations, users, negatives)
        weights = batch.edge_weights * has_negatives(batch, model.num_items)
        per_edge = weights * tf.math.softplus(negative - positive)
        return {"pair_bpr": batch.mean_over_users(batch.sum_by_user(per_edge))}
