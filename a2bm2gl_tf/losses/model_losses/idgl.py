"""IDGL's loss of the learned graphs: smooth, connected and sparse."""

import tensorflow as tf

from a2bm2gl_tf.layers.neighbour_ops import neighbour_dot
from a2bm2gl_tf.losses.batch import UserBatch
from a2bm2gl_tf.losses.model_losses.model_loss import ModelLoss
from a2bm2gl_tf.models.recommender import Recommender, Representations

# A row whose similarities all fall below epsilon has degree 0 and no gradient to raise it.
_SMALLEST_DEGREE = 1e-6


class IDGLLoss(ModelLoss):
    r"""L_G of every learned graph, mean over the T of them (Chen et al., NeurIPS 2020).

      L_G = alpha / (2 n) sum_ij A_ij |x_i - x_j|^2 - (beta / n) sum_i log(sum_j A_ij)
            + (gamma / n) sum_ij A_ij^2

    Adapted: the sums over edges are divided by n, the number of items, where the paper has n^2,
    because a row has k entries here and not n. x_i is the item's input of the graph convolution,
    which is learned here: the first term also draws the inputs of linked items together, where the
    paper's, on given features, shapes the graph alone. An item without neighbours, having no
    features, has no degree to be kept from 0.
    """

    def __call__(
        self,
        model: Recommender,
        representations: Representations,
        batch: UserBatch,
        seed: tf.Tensor,
    ) -> dict[str, tf.Tensor]:
        """The terms "smoothness", "connectivity" and "sparsity".

        Args:
          model: an `IDGL`.
          representations: of this step's forward pass, with IDGL's auxiliary tensors.
          batch: unused, the graphs are the same for all users.
          seed: unused.
        """
        del batch, seed
        settings, auxiliary = model.settings, representations.auxiliary
        count = sum(name.startswith("weights_") for name in auxiliary)
        sums = {"smoothness": [], "connectivity": [], "sparsity": []}
        for place in range(count):
            weights = auxiliary[f"weights_{place}"]
            neighbours = auxiliary[f"neighbours_{place}"]
            energy = _dirichlet_energy(weights, neighbours, auxiliary["inputs"])
            sums["smoothness"].append(settings.smoothness * energy)
            sums["connectivity"].append(settings.connectivity * _isolation(weights, neighbours))
            sums["sparsity"].append(settings.sparsity * tf.reduce_sum(tf.square(weights)))
        scale = 1.0 / (max(count, 1) * model.num_items)
        return {name: scale * tf.add_n(parts) for name, parts in sums.items() if parts}


def _dirichlet_energy(weights: tf.Tensor, neighbours: tf.Tensor, inputs: tf.Tensor) -> tf.Tensor:
    """Half the weighted sum of squared distances along the edges."""
    squares = tf.reduce_sum(tf.square(inputs), axis=1)
    of_neighbours = tf.gather(squares, tf.maximum(neighbours, 0))
    distances = squares[:, None] + of_neighbours - 2.0 * neighbour_dot(inputs, inputs, neighbours)
    return 0.5 * tf.reduce_sum(weights * distances)


def _isolation(weights: tf.Tensor, neighbours: tf.Tensor) -> tf.Tensor:
    """-log of the degrees of the items that list neighbours, summed."""
    listed = tf.cast(tf.reduce_any(neighbours >= 0, axis=1), tf.float32)
    degrees = tf.maximum(tf.reduce_sum(weights, axis=1), _SMALLEST_DEGREE)
    return -tf.reduce_sum(listed * tf.math.log(degrees))
