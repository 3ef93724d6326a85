"""Losses that rank a positive above sampled negatives: BPR and InfoBPR (Table 4)."""

import tensorflow as tf

from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.edge_products import edge_scores
from a2bm2gl_tf.losses.recommendation import RecommendationLoss
from a2bm2gl_tf.losses.sampling import has_negatives, sample_negatives


def _sampled_scores(
    users: tf.Tensor, items: tf.Tensor, batch: UserBatch, num_samples: int, seed: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Scores of each edge's positive, (e,), and of its negatives, (e, n); and edge weights."""
    num_items = items.shape[0]
    negatives = sample_negatives(batch, num_items, num_samples, seed)
    edge_user_embeddings = tf.gather(users, batch.edge_users)
    negative_scores = tf.einsum("ed,end->en", edge_user_embeddings, tf.gather(items, negatives))
    weights = batch.edge_weights * has_negatives(batch, num_items)
    return edge_scores(users, items, batch), negative_scores, weights


class BPRLoss(RecommendationLoss):
    r"""Bayesian personalised ranking (Rendle et al., UAI 2009).

      -sum_u sum_{v in N(u)+} log sigmoid(E_u.E_v - E_u.E_v'),   v' uniform in N(u)-

    One negative is drawn for each positive of each step.
    """

    def call(self, users, items, batch, seed, catalogue=None):
        """The ranking term, summed over a user's positives, mean over the batch's users."""
        del catalogue
        positive, negative, weights = _sampled_scores(users, items, batch, 1, seed)
        per_edge = tf.math.softplus(negative[:, 0] - positive)
        return {"rec": batch.mean_over_users(batch.sum_by_user(weights * per_edge))}


class InfoBPRLoss(RecommendationLoss):
    r"""InfoBPR (Hu et al., MGDCF, 2022): softmax of a positive against several negatives.

      -sum_u sum_{v in N(u)+} log( e^{s_uv / t} / (e^{s_uv / t} + sum_n e^{s_uv'_n / t}) )

    Args:
      num_negatives: negatives drawn for each positive.
      temperature: t, the divisor of the scores.
    """

    def __init__(self, num_negatives: int = 32, temperature: float = 1.0, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.num_negatives = num_negatives
        self.temperature = temperature

    def call(self, users, items, batch, seed, catalogue=None):
        """The ranking term, summed over a user's positives, mean over the batch's users."""
        del catalogue
        positive, negative, weights = _sampled_scores(users, items, batch, self.num_negatives, seed)
        logits = tf.concat([positive[:, None], negative], axis=1) / self.temperature
        per_edge = tf.reduce_logsumexp(logits, axis=1) - logits[:, 0]
        return {"rec": batch.mean_over_users(batch.sum_by_user(weights * per_edge))}
