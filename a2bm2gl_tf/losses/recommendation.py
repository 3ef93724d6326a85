"""The interface of recommendation losses."""

import keras
import tensorflow as tf

from a2bm2gl_tf.losses.batch import UserBatch


class RecommendationLoss(keras.layers.Layer):
    """Scores a batch of users by their embeddings; may own weights (the boundary networks).

    A subclass returns named terms that are added up, each already weighted and divided by the
    number of users, so that they appear under those names in the logs.

    Attributes:
      term_names: the names of the terms, in order.
    """

    term_names: tuple[str, ...] = ("rec",)

    def __init__(self, **kwargs):
        # Mixed precision would cast the batch's weights and counts with the embeddings.
        super().__init__(**{"dtype": "float32", **kwargs})

    def of_catalogue(self, items: tf.Tensor) -> tuple:
        """What the loss needs of all items, the same for every batch of one propagation.

        Args:
          items: E_v of all items, float32 (V, d).

        Returns:
          A tuple of tensors, possibly nested, differentiable in `items`; empty by default.
        """
        del items
        return ()

    def call(
        self,
        users: tf.Tensor,
        items: tf.Tensor,
        batch: UserBatch,
        seed: tf.Tensor,
        catalogue: tuple | None = None,
    ) -> dict[str, tf.Tensor]:
        """Computes the loss terms.

        Args:
          users: E_u of the batch's users, float32 (b, d).
          items: E_v of all items, float32 (V, d).
          batch: the users' positives.
          seed: int32 (2,), the stateless seed of this step's sampling.
          catalogue: `of_catalogue(items)` where it is at hand; computed if None.

        Returns:
          name -> float32 scalar; the first is the ranking term itself.
        """
        raise NotImplementedError

    def boundaries(
        self, users: tf.Tensor, items: tf.Tensor, batch: UserBatch
    ) -> tuple[tf.Tensor, tf.Tensor] | None:
        """(B_u^up, B_u^low), each float32 (b,), or None where the loss has none."""
        del users, items, batch


class NoRecommendationLoss(RecommendationLoss):
    """No term: for a model whose own losses rank."""

    term_names = ()

    def call(self, users, items, batch, seed, catalogue=None):
        """No terms."""
        del users, items, batch, seed, catalogue
        return {}
