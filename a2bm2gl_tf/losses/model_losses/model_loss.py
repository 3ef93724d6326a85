"""The interface of losses that only one model has."""

import tensorflow as tf

from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.models.recommender import Recommender, Representations


class ModelLoss(tf.Module):
    """Terms that need more of a model than the final embeddings of users and items.

    It has no weights of its own: what is learned belongs to the model.
    """

    def __call__(
        self,
        model: Recommender,
        representations: Representations,
        batch: UserBatch,
        seed: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """Computes the terms.

        Args:
          model: the model.
          representations: of this step's forward pass.
          batch: all users of the step with their positives; never a piece of it.
          seed: int32 (2,), this step's stateless seed for the model's own sampling.

        Returns:
          name -> float32 scalar, already weighted: a mean over `batch.num_users` for what belongs
          to users.
        """
        raise NotImplementedError
