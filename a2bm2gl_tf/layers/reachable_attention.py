"""Attention over every node within k hops: the plain reference for small graphs (Eq. 5-6)."""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.surfing import surfing_support
from a2bm2gl_tf.layers.adjacent_attention import NEGATIVE_SLOPE, AdjacentAttention


class ReachableAttention(AdjacentAttention):
    """Attention over the non-zero entries of each row of M, read literally.

    N_v holds every node that random surfing can reach from v within `hops` transitions. The number
    of such pairs grows towards N^2, so this form is for small graphs and for tests of the others.

    Args:
      num_nodes: N.
      hops: number of transition operations k of Eq. 5.
      continue_probability: alpha of Eq. 5.
      log_prior: adds log M_vi to the logit.
      **kwargs: of `AdjacentAttention`.
    """

    def __init__(
        self,
        num_nodes: int,
        hops: int,
        continue_probability: float,
        log_prior: bool = False,
        **kwargs,
    ):
        super().__init__(num_nodes, **kwargs)
        self.hops = hops
        self.continue_probability = continue_probability
        self.log_prior = log_prior

    def build(self, embeddings_shape):
        """Creates w and the pair lists; their length changes with each selection."""
        super().build(embeddings_shape)
        self.rows = tf.Variable(tf.zeros([0], tf.int64), shape=[None], trainable=False)
        self.columns = tf.Variable(tf.zeros([0], tf.int64), shape=[None], trainable=False)
        self.log_weights = tf.Variable(tf.zeros([0]), shape=[None], trainable=False)
        self.varying_variables = [self.rows, self.columns, self.log_weights]

    def select(self, adjacency: sp.csr_matrix) -> None:
        """Computes the support of M; raises UserError where it would be too large."""
        support = surfing_support(adjacency, self.hops, self.continue_probability).tocoo()
        self.rows.assign(support.row.astype("int64"))
        self.columns.assign(support.col.astype("int64"))
        self.log_weights.assign(np.log(support.data).astype(np.float32))

    def call(self, embeddings: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Attends over the reachable nodes.

        Args:
          embeddings: E, float32 (N, d).

        Returns:
          (E^anti, float32 (N, d); mean entropy of the attention rows in nats, scalar).
        """
        rows, columns, log_attention = self._log_attention(embeddings)
        attention = tf.exp(log_attention)
        messages = attention[:, None] * tf.gather(embeddings, columns)
        output = tf.math.unsorted_segment_sum(messages, rows, self.num_nodes)
        return output, -tf.reduce_sum(attention * log_attention) / self.num_nodes

    def attention_rows(
        self, embeddings: tf.Tensor, k: int, among: sp.csr_matrix | None
    ) -> Callable[[np.ndarray], sp.csr_matrix]:
        """See `AdjacentAttention.attention_rows`; N_v are all nodes within reach."""
        del k, among
        rows, columns, log_attention = (x.numpy() for x in self._log_attention(embeddings))
        shape = (self.num_nodes, self.num_nodes)
        attention = sp.csr_matrix((np.exp(log_attention), (rows, columns)), shape=shape)
        return lambda rows: attention[rows]

    def _log_attention(self, embeddings: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Nodes v and i of each pair, int64, and log alpha^{v,i}, float32."""
        rows, columns = tf.identity(self.rows), tf.identity(self.columns)
        left, right = self.logit_parts(embeddings)
        logits = tf.nn.leaky_relu(tf.gather(left, rows) + tf.gather(right, columns), NEGATIVE_SLOPE)
        if self.log_prior:
            logits = logits + self.log_weights
        peak = tf.math.unsorted_segment_max(tf.stop_gradient(logits), rows, self.num_nodes)
        shifted = logits - tf.gather(peak, rows)
        normaliser = tf.math.unsorted_segment_sum(tf.exp(shifted), rows, self.num_nodes)
        return rows, columns, shifted - tf.gather(tf.math.log(normaliser), rows)
