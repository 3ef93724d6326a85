"""The contrast of a graph's nodes with those of a shuffled graph."""

import tensorflow as tf

from a2bm2gl_tf.losses.model_losses.model_loss import ModelLoss


class GraphInfomaxLoss(ModelLoss):
    r"""Mutual information of local patches and whole graphs (HGCL), by Deep Graph Infomax.

      w sum_graphs 1/2n sum_i [softplus(-D(H_i, s)) + softplus(D(H~_i, s))]

    (Velickovic et al., ICLR 2019) with the model's logits D and weight w. All nodes take part in
    every step, in memory linear in their number.
    """

    def __call__(self, model, representations, batch, seed):
        """The weighted term, "infomax"; the mean over a graph's nodes does not depend on batches.

        Args:
          model: has `infomax_logits` and `infomax_weight`.
          representations: of this step's forward pass.
          batch: not used.
          seed: int32 (2,), of the shuffles.
        """
        del batch
        terms = [
            tf.reduce_mean(tf.math.softplus(-real)) + tf.reduce_mean(tf.math.softplus(shuffled))
            for real, shuffled in model.infomax_logits(representations, seed)
        ]
        return {"infomax": 0.5 * model.infomax_weight * tf.add_n(terms)}
