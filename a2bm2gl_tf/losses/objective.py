"""The final loss (Eq. 10)."""

from typing import NamedTuple

import tensorflow as tf

from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.graph_terms import semantic_loss, structural_loss
from a2bm2gl_tf.losses.recommendation import RecommendationLoss
from a2bm2gl_tf.models.recommender import Representations


class LossTerms(NamedTuple):
    """The value that is minimised and what it is made of.

    Attributes:
      total: float32 scalar.
      terms: name -> float32 scalar; they add up to `total`.
    """

    total: tf.Tensor
    terms: dict[str, tf.Tensor]


class Objective(tf.Module):
    r"""L_rec + delta L_margin + beta L_str + gamma L_sem + (lambda / 2) ||theta||^2, over |U|.

    Eq. 10 is a sum over users. It is divided by |U| here, so that the value does not depend on the
    size of the batch: terms that belong to users are means over the batch's users, the others are
    divided by U.

    Args:
      recommendation: the ranking loss, with its own weights where it has some.
      config: the weights of the terms.
      num_users: U.
    """

    def __init__(self, recommendation: RecommendationLoss, config: LossConfig, num_users: int):
        super().__init__(name="objective")
        self.recommendation = recommendation
        self.config = config
        self.num_users = num_users

    def __call__(
        self,
        representations: Representations,
        batch: UserBatch,
        parameters: list[tf.Variable],
        seed: tf.Tensor,
    ) -> LossTerms:
        """Computes the loss of one batch.

        Args:
          representations: the model's forward pass.
          batch: users and their positives.
          parameters: theta, what L2 shrinks.
          seed: int32 (2,), stateless seed of sampling.
        """
        users = tf.gather(representations.users, batch.users)
        terms = dict(self.recommendation(users, representations.items, batch, seed))
        if self.config.structural_weight:
            structural_users = tf.gather(representations.structural_users, batch.users)
            terms["structural"] = self.config.structural_weight * structural_loss(
                structural_users, representations.structural_items, batch
            )
        if self.config.semantic_weight and representations.semantic:
            terms["semantic"] = (
                self.config.semantic_weight
                * semantic_loss(representations.semantic)
                / self.num_users
            )
        if self.config.l2:
            squares = [tf.nn.l2_loss(tf.convert_to_tensor(p)) for p in parameters]
            terms["l2"] = self.config.l2 * tf.add_n(squares) / self.num_users
        return LossTerms(tf.add_n(list(terms.values())), terms)
