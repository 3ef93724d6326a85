"""Semantic-level attention over the meta-paths' views of the nodes of one type."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from a2bm2gl_tf.layers.seeds import derived_seed


class SemanticAttention(keras.layers.Layer):
    r"""One weight a meta-path, shared by all nodes (HAN, Eq. 7-9).

      w_P = 1/n sum_i q^T tanh(W z_i^P + b),   beta = softmax_P w_P,   Z = sum_P beta_P Z^P

    Args:
      width: d, the width of the views.
      units: width of W's output.
      seed: integer seed of the initialisers.
    """

    def __init__(self, width: int, units: int, seed: int = 0, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.kernel = self.add_weight(
            name="kernel",
            shape=(width, units),
            initializer=keras.initializers.GlorotUniform(seed=derived_seed(seed, 0)),
        )
        self.bias = self.add_weight(name="bias", shape=(units,), initializer="zeros")
        self.query = self.add_weight(
            name="query",
            shape=(units,),
            initializer=keras.initializers.RandomNormal(
                stddev=units**-0.5, seed=derived_seed(seed, 1)
            ),
        )
        self.built = True

    def weights_of(self, views: Sequence[tf.Tensor]) -> tf.Tensor:
        """beta, float32 (number of views,); they add up to 1."""
        kernel, bias, query = map(tf.convert_to_tensor, (self.kernel, self.bias, self.query))
        means = [tf.reduce_mean(tf.tanh(tf.matmul(z, kernel) + bias), axis=0) for z in views]
        return tf.nn.softmax(tf.linalg.matvec(tf.stack(means), query))

    def call(self, views: Sequence[tf.Tensor]) -> tf.Tensor:
        """Adds the views up.

        Args:
          views: Z^P of each meta-path, each float32 (n, d).

        Returns:
          Z, float32 (n, d).
        """
        beta = self.weights_of(views)
        return tf.add_n([beta[place] * view for place, view in enumerate(views)])
