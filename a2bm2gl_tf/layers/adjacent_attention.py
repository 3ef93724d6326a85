"""What the three forms of full-adjacent attention share (section 3.5, Eq. 6)."""

import keras
import scipy.sparse as sp
import tensorflow as tf

NEGATIVE_SLOPE = 0.2


class AdjacentAttention(keras.layers.Layer):
    r"""Attention of every node over its neighbours in a full-adjacent layer.

      alpha^{v,i} = softmax_i LeakyReLU(w^T [E_v + E_i]),
      E_v^anti = sum_{i in N_v} alpha^{v,i} E_i

    where [+] is concatenation (Eq. 6), N_v comes from the random surfing matrix M of Eq. 5 and
    LeakyReLU has slope 0.2 below zero as in GAT. With w = [w_l, w_r] the logit splits into
    l_v + r_i, l = E w_l and r = E w_r. Subclasses differ in N_v alone.

    Args:
      num_nodes: N, the number of nodes of the layer's graph.
      init_stddev: standard deviation of w's Gaussian; None takes 1 / sqrt(d).
      seed: integer seed of the initialiser.

    Attributes:
      spans_components: whether N_v is the whole connected component of v.
    """

    spans_components: bool = False

    def __init__(self, num_nodes: int, init_stddev: float | None = None, seed: int = 0, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.num_nodes = num_nodes
        self.init_stddev = init_stddev
        self.seed = seed
        # Neighbour lists of no fixed length, which Keras cannot hold as weights.
        self.varying_variables: list[tf.Variable] = []

    def build(self, embeddings_shape):
        """Creates w_l and w_r, each float32 (d,)."""
        width = embeddings_shape[-1]
        stddev = self.init_stddev if self.init_stddev is not None else width**-0.5
        for offset, name in enumerate(("w_l", "w_r")):
            initializer = keras.initializers.RandomNormal(stddev=stddev, seed=self.seed + offset)
            weight = self.add_weight(name=name, shape=(width,), initializer=initializer)
            setattr(self, name, weight)

    def select(self, adjacency: sp.csr_matrix) -> None:
        """Takes the neighbourhoods N_v from a graph.

        Args:
          adjacency: (N, N) non-negative weights of the graph that is surfed.
        """
        raise NotImplementedError

    def logit_parts(self, embeddings: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The two halves of the logits, l and r, each float32 (N,)."""
        left = tf.linalg.matvec(embeddings, tf.convert_to_tensor(self.w_l))
        right = tf.linalg.matvec(embeddings, tf.convert_to_tensor(self.w_r))
        return left, right
