"""Node-level attention over the neighbours along one meta-path."""

import keras
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.layers.neighbour_ops import neighbour_sum
from a2bm2gl_tf.layers.seeds import derived_seed

NEGATIVE_SLOPE = 0.2


class NodeAttention(keras.layers.Layer):
    r"""Multi-head attention of a node over its meta-path neighbours (HAN, Eq. 2-5).

      e_ij = LeakyReLU(a^T [h_i + h_j]),   alpha_ij = softmax_{j in N_i} e_ij,
      z_i = concat_heads act(sum_{j in N_i} alpha_ij h_j)

    with [+] concatenation within the brackets and LeakyReLU's slope 0.2 below zero. Head p sees the
    p-th slice of h, d / heads wide, as a transformation of its own for each head would make it. A
    node without any neighbour gets zero before `act`.

    Args:
      width: d, the width of h.
      num_heads: attention heads.
      activation: Keras name of act.
      seed: integer seed of the initialisers.

    Raises:
      UserError: if the heads do not divide the width, or the activation is unknown.
    """

    def __init__(
        self, width: int, num_heads: int, activation: str = "elu", seed: int = 0, **kwargs
    ):
        super().__init__(dtype="float32", **kwargs)
        if num_heads < 1 or width % num_heads:
            raise UserError(
                f"--model_settings=heads={num_heads}: does not divide --dimension={width}; "
                "give a divisor"
            )
        try:
            self.activation = keras.activations.get(activation)
        except ValueError:
            raise UserError(
                f"--model_settings=activation={activation}: Keras has none of this name; "
                "take elu, relu, tanh or linear"
            ) from None
        shape = (num_heads, width // num_heads)
        for stream, name in enumerate(("a_left", "a_right")):
            initializer = keras.initializers.RandomNormal(
                stddev=shape[1] ** -0.5, seed=derived_seed(seed, stream)
            )
            setattr(self, name, self.add_weight(name=name, shape=shape, initializer=initializer))
        self.built = True

    def attention(self, inputs: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
        """Alpha of every head, float32 (n, heads, k), 0 at padding; arguments as in `call`."""
        parts = tf.reshape(inputs, [-1, *self.a_left.shape])
        left = tf.reduce_sum(parts * tf.convert_to_tensor(self.a_left), axis=2)
        right = tf.reduce_sum(parts * tf.convert_to_tensor(self.a_right), axis=2)
        of_neighbours = tf.gather(right, tf.maximum(indices, 0))
        logits = left[:, :, None] + tf.transpose(of_neighbours, [0, 2, 1])
        logits = tf.nn.leaky_relu(logits, NEGATIVE_SLOPE)
        valid = (indices >= 0)[:, None, :]
        logits = tf.where(valid, logits, tf.float32.min)
        return tf.where(valid, tf.nn.softmax(logits, axis=2), 0.0)

    def call(self, inputs: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
        """Attends over the listed neighbours.

        Args:
          inputs: h, the transformed nodes, float32 (n, d).
          indices: int64 (n, k) neighbour rows, -1 for padding; the paper's N_i holds i itself.

        Returns:
          z, float32 (n, d).
        """
        of_heads = zip(
            tf.unstack(self.attention(inputs, indices), axis=1),
            tf.split(inputs, self.a_left.shape[0], axis=1),
            strict=True,
        )
        attended = [neighbour_sum(alpha, part, indices) for alpha, part in of_heads]
        return self.activation(tf.concat(attended, axis=1))
