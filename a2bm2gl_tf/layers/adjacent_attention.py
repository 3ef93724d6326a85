"""What the three forms of full-adjacent attention share (section 3.5, Eq. 6)."""

from collections.abc import Callable

import keras
import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.neighbour_lists import weighted_neighbour_lists

NEGATIVE_SLOPE = 0.2

# Rows whose attention weights `largest_weights` holds at a time.
_BLOCK_ROWS = 4096


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

    def attention_rows(
        self, embeddings: tf.Tensor, k: int, among: sp.csr_matrix | None
    ) -> Callable[[np.ndarray], sp.csr_matrix]:
        """A function of node rows, int (b,), to their weights alpha, CSR (b, N).

        Args:
          embeddings: E, float32 (N, d).
          k: how many neighbours the caller will take: smaller weights than the k + 1 largest of a
            row may be left out.
          among: CSR (N, N) of which only non-zero entries are asked for; None asks for all of N_v.
        """
        raise NotImplementedError

    def largest_weights(
        self,
        embeddings: tf.Tensor,
        rows: np.ndarray,
        k: int,
        among: sp.csr_matrix | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """The neighbours that given nodes attend to most, in blocks of nodes.

        Args:
          embeddings: E, float32 (N, d).
          rows: int (n,), the nodes v.
          k: neighbours a node.
          among: CSR (N, N); only its non-zero entries (v, i) are candidates, while weights remain
            shares of all of N_v. None takes all of N_v for candidates.

        Returns:
          int64 (n, k) nodes i, the largest weight first, lower nodes first among equals, -1 where
          there are fewer; float32 (n, k) weights alpha^{v,i}, 0 there. The node itself, which is in
          its N_v, is no neighbour and is passed over, as are weights that are 0 in float32.
        """
        attention = self.attention_rows(embeddings, k, among)
        nodes = np.full((len(rows), k), -1, np.int64)
        weights = np.zeros((len(rows), k), np.float32)
        for start in range(0, len(rows), _BLOCK_ROWS):
            block = np.asarray(rows[start : start + _BLOCK_ROWS], np.int64)
            graph = attention(block)
            if among is not None:
                graph = graph.multiply(among[block] != 0).tocsr()
            graph.data[graph.indices == np.repeat(block, np.diff(graph.indptr))] = 0
            graph.eliminate_zeros()
            lists, values = weighted_neighbour_lists(graph, k)
            nodes[start : start + len(block), : lists.shape[1]] = lists
            weights[start : start + len(block), : lists.shape[1]] = values
        return nodes, weights
