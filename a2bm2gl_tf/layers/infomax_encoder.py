"""A graph encoder with the readout and the discriminator of Deep Graph Infomax."""

import keras
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import SparseOperator
from a2bm2gl_tf.layers.seeds import derived_seed


class InfomaxEncoder(keras.layers.Layer):
    r"""Graph convolutions, a summary of the graph, and a score of a node against the summary.

      H = PReLU(A X W),   s = sigmoid(1/n sum_i H_i),   D(h, s) = h^T W_D s

    (Velickovic et al., Deep Graph Infomax, ICLR 2019); D is the logit.

    Args:
      operator: A, constant, (n, n).
      width: d, of inputs and outputs.
      num_layers: convolutions, each with its own W and slope.
      seed: integer seed of the initialisers.
    """

    def __init__(
        self, operator: SparseOperator, width: int, num_layers: int, seed: int = 0, **kwargs
    ):
        super().__init__(dtype="float32", **kwargs)
        self.operator = operator
        self.kernels = [
            self._kernel(f"kernel_{i}", width, derived_seed(seed, 1 + i)) for i in range(num_layers)
        ]
        self.slopes = [
            self.add_weight(
                name=f"slope_{i}", shape=(width,), initializer=keras.initializers.Constant(0.25)
            )
            for i in range(num_layers)
        ]
        self.discriminator = self._kernel("discriminator", width, derived_seed(seed, 0))
        self.built = True

    def _kernel(self, name: str, width: int, seed: int):
        return self.add_weight(
            name=name,
            shape=(width, width),
            initializer=keras.initializers.GlorotUniform(seed=seed),
        )

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """H of X, both float32 (n, d)."""
        hidden = inputs
        for kernel, slope in zip(self.kernels, self.slopes, strict=True):
            hidden = self.operator(tf.matmul(hidden, tf.convert_to_tensor(kernel)))
            below = tf.convert_to_tensor(slope) * tf.minimum(hidden, 0.0)
            hidden = tf.nn.relu(hidden) + below
        return hidden

    def summary(self, encoded: tf.Tensor) -> tf.Tensor:
        """s, float32 (d,), of H, float32 (n, d)."""
        return tf.sigmoid(tf.reduce_mean(encoded, axis=0))

    def discriminate(self, encoded: tf.Tensor, summary: tf.Tensor) -> tf.Tensor:
        """The logits D(H_i, s), float32 (n,)."""
        direction = tf.linalg.matvec(tf.convert_to_tensor(self.discriminator), summary)
        return tf.linalg.matvec(encoded, direction)
