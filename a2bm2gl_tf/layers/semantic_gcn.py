"""Semantic representation learning on a modality's nearest-neighbour graph (section 3.4, Eq. 4)."""

import math

import keras
import tensorflow as tf

from a2bm2gl_tf.layers.neighbour_ops import neighbour_sum


class SemanticGCN(keras.layers.Layer):
    r"""One graph convolution with weighted self-loops over a weighted kNN graph.

      H = ReLU(D^-1/2 (A + w I) D^-1/2 X W),    D_i = sum_j (A + w I)_ij    (Eq. 4)

    A_ij is the similarity of item i and its neighbour j, negative similarities counted as 0 so that
    degrees stay positive. A row lists the neighbours that item chose, so A need not be symmetric;
    D holds its row sums, as the equation has it. An item without the modality has a zero feature
    row and no neighbours, and gets H = 0: its representation comes from the other parts alone.

    Args:
      units: d, the width of H.
      self_loop_weight: w, or its initial value when learned. Larger values let the item's own
        feature count for more against its neighbours'.
      learn_self_loop: learns w, kept positive as softplus of a free parameter.
      activation: "relu" as printed, or "linear".
      init_stddev: standard deviation of W's Gaussian; None takes 1 / sqrt(f).
      seed: integer seed of the initialiser.

    Raises:
      ValueError: if w is negative, or not positive while learned.
    """

    def __init__(
        self,
        units: int,
        self_loop_weight: float = 1.0,
        learn_self_loop: bool = False,
        activation: str = "relu",
        init_stddev: float | None = None,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        if self_loop_weight < 0 or (learn_self_loop and self_loop_weight <= 0):
            raise ValueError(f"self_loop_weight is {self_loop_weight}; it must be positive")
        self.units = units
        self.initial_self_loop_weight = self_loop_weight
        self.learn_self_loop = learn_self_loop
        self.activation = keras.activations.get(activation)
        self.init_stddev = init_stddev
        self.seed = seed

    def build(self, features_shape, *unused_shapes):
        """Creates W, (f, d), and w where it is learned."""
        width = features_shape[-1]
        stddev = self.init_stddev if self.init_stddev is not None else 1.0 / math.sqrt(width)
        self.kernel = self.add_weight(
            name="kernel",
            shape=(width, self.units),
            initializer=keras.initializers.RandomNormal(stddev=stddev, seed=self.seed),
        )
        if self.learn_self_loop:
            free = math.log(math.expm1(self.initial_self_loop_weight))
            self.free_self_loop = self.add_weight(
                name="free_self_loop",
                shape=(),
                initializer=keras.initializers.Constant(free),
                autocast=False,
            )

    def self_loop_weight(self) -> tf.Tensor:
        """The weight w of the self-loops, a float32 scalar."""
        if self.learn_self_loop:
            return tf.math.softplus(tf.convert_to_tensor(self.free_self_loop, tf.float32))
        return tf.constant(self.initial_self_loop_weight, tf.float32)

    def call(self, features: tf.Tensor, similarities: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
        """Encodes the items of one modality.

        Args:
          features: X, float32 (V, f).
          similarities: float32 (V, k), s_ij of each listed neighbour.
          indices: int (V, k) neighbour rows, -1 for padding.

        Returns:
          H, float32 (V, d).
        """
        loop = self.self_loop_weight()
        weights = tf.where(indices >= 0, tf.nn.relu(similarities), tf.zeros_like(similarities))
        degrees = tf.reduce_sum(weights, axis=1) + loop
        scale = tf.math.divide_no_nan(tf.ones_like(degrees), tf.sqrt(degrees))[:, None]
        kernel = tf.cast(self.kernel, self.compute_dtype)
        projected = tf.matmul(tf.cast(features, self.compute_dtype), kernel)
        projected = tf.cast(projected, tf.float32) * scale
        propagated = neighbour_sum(weights, projected, indices) + loop * projected
        return self.activation(scale * propagated)
