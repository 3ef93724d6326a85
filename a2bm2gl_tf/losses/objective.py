"""The final loss (Eq. 10)."""

from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.graph_terms import semantic_loss, structural_loss
from a2bm2gl_tf.losses.model_losses.model_loss import ModelLoss
from a2bm2gl_tf.losses.recommendation import RecommendationLoss
from a2bm2gl_tf.models.recommender import Recommender, Representations


class LossTerms(NamedTuple):
    """The value that is minimised and what it is made of.

    Attributes:
      total: float32 scalar.
      terms: name -> float32 scalar; they add up to `total`.
    """

    total: tf.Tensor
    terms: dict[str, tf.Tensor]


class Scored(NamedTuple):
    """The final representations as a batch's users see them: where propagation ends.

    Attributes:
      users: E_u of the batch's users, float32 (b, d).
      items: E_v of all items, float32 (V, d).
      structural: (E_u^str, E_v^str), likewise; empty without L_str.
      catalogue: what the recommendation loss needs of all items.
    """

    users: tf.Tensor
    items: tf.Tensor
    structural: tuple
    catalogue: tuple


class Objective(tf.Module):
    r"""L_rec + delta L_margin + beta L_str + gamma L_sem + (lambda / 2) ||theta||^2, over |U|.

    Eq. 10 is a sum over users. It is divided by |U| here, so that the value does not depend on the
    size of the batch: terms that belong to users are means over the batch's users, the others are
    divided by U.

    Args:
      recommendation: the ranking loss, with its own weights where it has some.
      config: the weights of the terms.
      num_users: U.
      of_model: the terms that the model alone has.
    """

    def __init__(
        self,
        recommendation: RecommendationLoss,
        config: LossConfig,
        num_users: int,
        of_model: Sequence[ModelLoss] = (),
    ):
        super().__init__(name="objective")
        self.recommendation = recommendation
        self.config = config
        self.num_users = num_users
        self.of_model = tuple(of_model)

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
        scored = self.scored(representations, batch)
        terms = self.user_terms(scored, batch, seed) | self.shared_terms(
            representations, parameters
        )
        return LossTerms(tf.add_n(list(terms.values())), terms)

    def scored(self, representations: Representations, batch: UserBatch) -> Scored:
        """What the terms of the batch's users are computed from."""
        structural = ()
        if self.config.structural_weight:
            structural = (
                tf.gather(representations.structural_users, batch.users),
                representations.structural_items,
            )
        return Scored(
            tf.gather(representations.users, batch.users),
            representations.items,
            structural,
            self.recommendation.of_catalogue(representations.items),
        )

    @property
    def user_term_names(self) -> tuple[str, ...]:
        """The names of `user_terms`, in order."""
        structural = ("structural",) if self.config.structural_weight else ()
        return self.recommendation.term_names + structural

    def user_terms(self, scored: Scored, batch: UserBatch, seed: tf.Tensor) -> dict[str, tf.Tensor]:
        """The terms that belong to users: those of pieces of a batch add up to the batch's.

        Args:
          scored: for the users of this batch or piece.
          batch: the batch or piece.
          seed: int32 (2,), stateless seed of sampling.
        """
        terms = dict(self.recommendation(scored.users, scored.items, batch, seed, scored.catalogue))
        if scored.structural:
            terms["structural"] = self.config.structural_weight * structural_loss(
                *scored.structural, batch
            )
        return terms

    def model_terms(
        self,
        model: Recommender,
        representations: Representations,
        batch: UserBatch,
        seed: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """The terms that the model alone has, of the whole batch; see `ModelLoss`."""
        terms = {}
        for loss in self.of_model:
            terms |= loss(model, representations, batch, seed)
        return terms

    def shared_terms(
        self,
        representations: Representations,
        parameters: list[tf.Variable],
        semantic_kernels: Sequence[tf.Variable] = (),
    ) -> dict[str, tf.Tensor]:
        """The terms that belong to no user, divided by U: L_sem and L2.

        Args:
          representations: the model's forward pass.
          parameters: theta.
          semantic_kernels: those of theta that `semantic_l2_scale` holds for.
        """
        terms = {}
        if self.config.semantic_weight and representations.semantic:
            terms["semantic"] = (
                self.config.semantic_weight
                * semantic_loss(representations.semantic)
                / self.num_users
            )
        if self.config.l2:
            scaled = {id(kernel) for kernel in semantic_kernels}
            squares = [
                (self.config.semantic_l2_scale if id(parameter) in scaled else 1.0)
                * tf.nn.l2_loss(tf.convert_to_tensor(parameter))
                for parameter in parameters
            ]
            terms["l2"] = self.config.l2 * tf.add_n(squares) / self.num_users
        return terms
