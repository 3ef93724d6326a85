"""GraphSAGE's layer with the mean aggregator (Hamilton et al., NeurIPS 2017)."""

import keras
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import SparseOperator


class SageMean(keras.layers.Layer):
    r"""One round of Algorithm 1, lines 4, 5 and 7, for all nodes at once.

      h'_v = sigma([h_v, mean_{u in N(v)} h_u] W),    h'_v := h'_v / |h'_v|_2

    The mean of no neighbours is 0, and a vector of length 0 stays 0.

    Args:
      mean: product with the row-normalised adjacency, (N, N).
      units: width of h'.
      activation: sigma.
      seed: integer seed of the initialiser.
    """

    def __init__(
        self,
        mean: SparseOperator,
        units: int,
        activation: str = "relu",
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(dtype="float32", **kwargs)
        self.mean = mean
        self.units = units
        self.activation = keras.activations.get(activation)
        self.seed = seed

    def build(self, nodes_shape):
        """Creates W, float32 (2 f, d); its first f rows meet the node itself."""
        self.kernel = self.add_weight(
            name="kernel",
            shape=(2 * nodes_shape[-1], self.units),
            initializer=keras.initializers.GlorotUniform(seed=self.seed),
        )

    def call(self, nodes: tf.Tensor) -> tf.Tensor:
        """From h of all nodes, float32 (N, f), to h', float32 (N, d), rows of length 1 or 0."""
        joined = tf.concat([nodes, self.mean(nodes)], axis=1)
        activated = self.activation(tf.matmul(joined, tf.convert_to_tensor(self.kernel)))
        return tf.math.l2_normalize(activated, axis=1)
