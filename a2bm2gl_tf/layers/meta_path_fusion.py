"""HERec's fusion of the embeddings that a node has along several meta-paths."""

import keras
import tensorflow as tf

from a2bm2gl_tf.layers.seeds import derived_seed


class MetaPathFusion(keras.layers.Layer):
    r"""Personalised non-linear fusion (Shi et al., TKDE 2018).

      e_x = sigmoid( sum_l w_xl sigmoid(M_l e_xl + b_l) )

    M_l maps the embeddings of path l into the space of the recommender; w_xl is node x's own
    preference for the path. What is learned is how it deviates from equal preferences, 1 / P, so
    that weight decay draws it towards those and not to 0, where the paths would say nothing.

    Args:
      num_nodes: n.
      num_paths: P.
      input_dimension: width of the embeddings along a path.
      dimension: width of the result.
      seed: integer seed of the initialiser of M.
    """

    def __init__(
        self,
        num_nodes: int,
        num_paths: int,
        input_dimension: int,
        dimension: int,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(dtype="float32", **kwargs)
        # One path's M at a time: the fans of a three-dimensional weight are not its own.
        self.maps = [
            self.add_weight(
                name=f"map_{path}",
                shape=(input_dimension, dimension),
                initializer=keras.initializers.GlorotUniform(seed=derived_seed(seed, path)),
            )
            for path in range(num_paths)
        ]
        self.biases = self.add_weight(
            name="biases", shape=(num_paths, dimension), initializer=keras.initializers.Zeros()
        )
        self.deviations = self.add_weight(
            name="deviations",
            shape=(num_nodes, num_paths),
            initializer=keras.initializers.Zeros(),
        )
        self.equal_preference = 1.0 / num_paths
        self.built = True

    def preferences(self) -> tf.Tensor:
        """w, float32 (n, P)."""
        return self.equal_preference + tf.convert_to_tensor(self.deviations)

    def call(self, embeddings: tf.Tensor) -> tf.Tensor:
        """Fuses the embeddings of all nodes.

        Args:
          embeddings: float32 (P, n, input dimension).

        Returns:
          float32 (n, dimension), entries in (0, 1).
        """
        maps = tf.stack([tf.convert_to_tensor(weight) for weight in self.maps])
        mapped = tf.sigmoid(tf.matmul(embeddings, maps) + self.biases[:, None, :])
        return tf.sigmoid(tf.einsum("np,pnd->nd", self.preferences(), mapped))
