"""SemRec's regularisation of path weights."""

import tensorflow as tf

from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.model_losses.model_loss import ModelLoss
from a2bm2gl_tf.models.baselines.semrec import SemRec
from a2bm2gl_tf.models.recommender import Representations


class SemRecConsistency(ModelLoss):
    r"""Similar users weigh meta-paths alike (Shi et al., CIKM 2015): see `SemRec`.

    (lambda_1 / (2 U)) sum_l || W_l - S^l W_l ||^2
    """

    def __call__(
        self, model: SemRec, representations: Representations, batch: UserBatch, seed: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """The term, over all users whatever the batch; see `ModelLoss`."""
        del batch, seed
        squares = tf.nn.l2_loss(model.inconsistency(representations.users))
        return {"consistency": model.consistency_weight * squares / model.num_users}
