"""MMGCN's layer: aggregation and combination on one modality's graph (Wei et al., MM 2019)."""

import keras
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import SparseOperator
from a2bm2gl_tf.layers.seeds import derived_seed

COMBINATIONS = ("concat", "add")


class MultimodalGCN(keras.layers.Layer):
    r"""One layer of one modality, users and items alike.

      h_v   = LeakyReLU(mean_{j in N(v)} W_1 x_j)          (mean aggregation)
      x^_v  = LeakyReLU(W_2 x_v) + id_v
      x'_v  = LeakyReLU(W_3 [h_v, x^_v])                   (concatenation combination, "concat")
      x'_v  = LeakyReLU(W_3 h_v + x^_v)                    (element-wise combination, "add")

    These are the paper's aggregation and combination layers (its section on the model framework).
    The mean over no neighbours is 0.

    Args:
      mean: product with the row-normalised adjacency, (N, N).
      units: width of the result, that of the id embeddings.
      combination: "concat" or "add".
      negative_slope: of LeakyReLU below 0.
      seed: integer seed of the initialisers.

    Raises:
      ValueError: for an unknown combination.
    """

    def __init__(
        self,
        mean: SparseOperator,
        units: int,
        combination: str = "concat",
        negative_slope: float = 0.01,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(dtype="float32", **kwargs)
        if combination not in COMBINATIONS:
            raise ValueError(f"combination is {combination!r}; it must be one of {COMBINATIONS}")
        self.mean = mean
        self.units = units
        self.combination = combination
        self.negative_slope = negative_slope
        self.seed = seed

    def build(self, nodes_shape, ids_shape=None):
        """Creates W_1, (f, f), W_2, (f, d), and W_3, (f + d, d) or (f, d)."""
        width = nodes_shape[-1]
        joined = width + self.units if self.combination == "concat" else width
        shapes = ((width, width), (width, self.units), (joined, self.units))
        self.kernels = [
            self.add_weight(
                name=f"kernel_{place + 1}",
                shape=shape,
                initializer=keras.initializers.GlorotNormal(seed=derived_seed(self.seed, place)),
            )
            for place, shape in enumerate(shapes)
        ]

    def call(self, nodes: tf.Tensor, ids: tf.Tensor) -> tf.Tensor:
        """Aggregates and combines.

        Args:
          nodes: x, float32 (N, f).
          ids: the id embeddings, float32 (N, d).

        Returns:
          x', float32 (N, d).
        """
        of_messages, of_nodes, of_result = map(tf.convert_to_tensor, self.kernels)
        # W_1 times the mean is the mean of W_1 x_j.
        aggregated = self._activation(tf.matmul(self.mean(nodes), of_messages))
        own = self._activation(tf.matmul(nodes, of_nodes)) + ids
        if self.combination == "concat":
            return self._activation(tf.matmul(tf.concat([aggregated, own], axis=1), of_result))
        return self._activation(tf.matmul(aggregated, of_result) + own)

    def _activation(self, x: tf.Tensor) -> tf.Tensor:
        return tf.nn.leaky_relu(x, self.negative_slope)
