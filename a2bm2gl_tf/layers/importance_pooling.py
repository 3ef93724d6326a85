"""PinSAGE's convolution with importance pooling (Ying et al., KDD 2018, Algorithm 1)."""

import keras
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import SparseOperator
from a2bm2gl_tf.layers.seeds import derived_seed


class ImportancePooling(keras.layers.Layer):
    r"""One convolution, of all nodes at once.

      n_v = sum_{u in N(v)} alpha_vu ReLU(Q h_u + q)
      h'_v = ReLU(W [h_v, n_v] + w),    h'_v := h'_v / |h'_v|_2

    A vector of length 0 stays 0.

    Args:
      importance: product with alpha, (N, N), rows of sum 1, or 0 without neighbours.
      units: width of h', and of the messages.
      seed: integer seed of the initialisers.
    """

    def __init__(self, importance: SparseOperator, units: int, seed: int = 0, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.importance = importance
        self.message = _dense(units, derived_seed(seed, 0), "message")
        self.update = _dense(units, derived_seed(seed, 1), "update")
        self.units = units

    def build(self, nodes_shape):
        """Creates Q, (f, d), q, (d,), W, (f + d, d), and w, (d,)."""
        num_nodes, width = nodes_shape
        self.message.build((num_nodes, width))
        self.update.build((num_nodes, width + self.units))

    def call(self, nodes: tf.Tensor) -> tf.Tensor:
        """From h of all nodes, float32 (N, f), to h', float32 (N, d), rows of length 1 or 0."""
        pooled = self.importance(self.message(nodes))
        return tf.math.l2_normalize(self.update(tf.concat([nodes, pooled], axis=1)), axis=1)


def _dense(units: int, seed: int, name: str) -> keras.layers.Dense:
    initialiser = keras.initializers.GlorotUniform(seed=seed)
    return keras.layers.Dense(
        units, "relu", kernel_initializer=initialiser, dtype="float32", name=name
    )
