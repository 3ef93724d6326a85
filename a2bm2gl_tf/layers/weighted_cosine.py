"""The learned similarity between items of one modality (section 3.4, Eq. 3)."""

import keras
import tensorflow as tf

from a2bm2gl_tf.layers.neighbour_ops import weighted_neighbour_dot

# A vector that w_p leaves nothing of is similar to none.
_SMALLEST_SQUARED_NORM = 1e-24


class WeightedCosine(keras.layers.Layer):
    r"""Multi-head weighted cosine similarity along neighbour lists.

      s^p_ij = cos(w_p * x_i, w_p * x_j),    s_ij = (1/m) sum_p s^p_ij    (Eq. 3)

    with * the Hadamard product and w_p one of m learned weight vectors. The weight vectors start
    from a Gaussian around 1, so that training begins near the plain cosine while the heads differ
    enough to specialise. It is computed as sum_c w_pc^2 x_ic x_jc over the two norms, where the
    products of features serve all heads and need no gradient of their own.

    Which pairs are neighbours is chosen outside (`graph.knn`) from `head_weights()`; that choice
    has no gradient, the similarities of the chosen pairs do.

    Args:
      num_heads: m, the number of perspectives.
      init_stddev: standard deviation of the initial weights around 1.
      seed: integer seed of the initialiser.

    Raises:
      ValueError: for fewer than one head.
    """

    def __init__(self, num_heads: int, init_stddev: float = 0.1, seed: int = 0, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        if num_heads < 1:
            raise ValueError(f"num_heads is {num_heads}; it must be 1 or more")
        self.num_heads = num_heads
        self.init_stddev = init_stddev
        self.seed = seed

    def build(self, features_shape, indices_shape=None):
        """Creates w, float32 (m, f)."""
        self.w = self.add_weight(
            name="w",
            shape=(self.num_heads, features_shape[-1]),
            initializer=keras.initializers.RandomNormal(1.0, self.init_stddev, seed=self.seed),
        )

    def head_weights(self):
        """The weight vectors w_p as a NumPy array, float32 (m, f)."""
        return self.w.numpy()

    def call(self, features: tf.Tensor, indices: tf.Tensor) -> tf.Tensor:
        """Similarities s_ij of the listed pairs.

        Args:
          features: X, float32 (V, f).
          indices: int (V, k) neighbour rows, -1 for padding.

        Returns:
          float32 (V, k) in [-1, 1]; 0 at padded slots and wherever a vector is zero.
        """
        squares = tf.square(tf.convert_to_tensor(self.w))
        norms = tf.matmul(tf.square(features), squares, transpose_b=True)
        inverse = tf.math.rsqrt(tf.maximum(norms, _SMALLEST_SQUARED_NORM))
        products = weighted_neighbour_dot(features, squares, indices)
        of_neighbours = tf.gather(inverse, tf.maximum(indices, 0))
        return tf.reduce_mean(products * inverse[:, None, :] * of_neighbours, axis=2)
