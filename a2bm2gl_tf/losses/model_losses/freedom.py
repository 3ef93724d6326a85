"""FREEDOM's ranking by the projected features of each modality."""

import tensorflow as tf

from a2bm2gl_tf.losses.model_losses.model_loss import ModelLoss
from a2bm2gl_tf.losses.pairwise import BPRLoss


class FreedomLoss(ModelLoss):
    r"""lambda sum_m BPR of E_u . h_v^m, h_v^m = x_v^m W_m + b_m (Zhou and Shen, MM 2023).

    All modalities share one negative for each positive. It is drawn independently of that of the
    BPR loss of the final embeddings, which changes no expected value.
    """

    def __init__(self):
        super().__init__(name="freedom")
        self._bpr = BPRLoss(name="feature_bpr")

    def __call__(self, model, representations, batch, seed):
        """One term, "features"; none without modalities. See `ModelLoss`."""
        users = tf.gather(representations.users, batch.users)
        terms = [
            self._bpr(users, projected, batch, seed)["rec"]
            for projected in representations.auxiliary.values()
        ]
        return {"features": model.settings.feature_weight * tf.add_n(terms)} if terms else {}
