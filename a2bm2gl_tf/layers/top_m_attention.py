"""Full-adjacent attention over the m strongest entries of each row of M (Eq. 5-6)."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.surfing import top_m_neighbours
from a2bm2gl_tf.graph.surfing_cache import cached_top_m_neighbours
from a2bm2gl_tf.layers.adjacent_attention import NEGATIVE_SLOPE, AdjacentAttention
from a2bm2gl_tf.layers.neighbour_ops import neighbour_sum


class TopMAttention(AdjacentAttention):
    r"""Attention over the m nodes that random surfing reaches most.

    N_v holds the m largest entries of row v of M = sum_k A_k, the node itself among them. With
    `log_prior` the logit gains log M_vi, which makes M the unnormalised adjacency that the softmax
    reweighs.

    Args:
      num_nodes: N.
      top_m: m, neighbours kept a node.
      hops: number of transition operations k of Eq. 5.
      continue_probability: alpha of Eq. 5, the probability that surfing goes on.
      log_prior: adds log M_vi to the logit.
      beam: entries kept a row after each hop while surfing; None keeps all (exact).
      cache_dir: folder that keeps results for later runs; None keeps nothing.
      **kwargs: of `AdjacentAttention`.
    """

    def __init__(
        self,
        num_nodes: int,
        top_m: int,
        hops: int,
        continue_probability: float,
        log_prior: bool = False,
        beam: int | None = None,
        cache_dir: str | None = None,
        **kwargs,
    ):
        super().__init__(num_nodes, **kwargs)
        self.top_m = min(top_m, num_nodes)
        self.hops = hops
        self.continue_probability = continue_probability
        self.log_prior = log_prior
        self.beam = beam
        self.cache_dir = cache_dir

    def build(self, embeddings_shape):
        """Creates w and the neighbour lists, which stay constant between selections.

        The lists are int64: TensorFlow keeps int32 variables, and computes with int32, on the host
        even where there is a GPU.
        """
        super().build(embeddings_shape)
        shape = (self.num_nodes, self.top_m)
        self.indices = self.add_weight(
            name="indices", shape=shape, dtype="int64", initializer="zeros", trainable=False
        )
        self.log_weights = self.add_weight(
            name="log_weights", shape=shape, dtype="float32", initializer="zeros", trainable=False
        )

    def select(self, adjacency: sp.csr_matrix) -> None:
        """Selects the m strongest neighbours of each node by random surfing over `adjacency`."""
        settings = (self.hops, self.continue_probability, self.top_m, self.beam)
        if self.cache_dir is None:
            neighbourhood = top_m_neighbours(adjacency, *settings)
        else:
            neighbourhood = cached_top_m_neighbours(Path(self.cache_dir), adjacency, *settings)
        self.indices.assign(neighbourhood.indices)
        positive = np.maximum(neighbourhood.weights, np.finfo(np.float32).tiny)
        self.log_weights.assign(np.log(positive))

    def call(self, embeddings: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Attends over the selected neighbours.

        Args:
          embeddings: E, float32 (N, d).

        Returns:
          (E^anti, float32 (N, d); mean entropy of the attention rows in nats, scalar).
        """
        indices = keras.ops.convert_to_tensor(self.indices)
        left, right = self.logit_parts(embeddings)
        log_attention = self._log_attention(
            left, right, indices, keras.ops.convert_to_tensor(self.log_weights)
        )
        valid = indices >= 0
        attention = tf.where(valid, tf.exp(log_attention), tf.zeros_like(log_attention))
        terms = attention * tf.where(valid, log_attention, tf.zeros_like(log_attention))
        entropy = -tf.reduce_mean(tf.reduce_sum(terms, axis=1))
        return neighbour_sum(attention, embeddings, indices), entropy

    def attention_rows(
        self, embeddings: tf.Tensor, k: int, among: sp.csr_matrix | None
    ) -> Callable[[np.ndarray], sp.csr_matrix]:
        """See `AdjacentAttention.attention_rows`; N_v are the m listed nodes."""
        del k, among
        left, right = self.logit_parts(embeddings)

        def rows_of(rows: np.ndarray) -> sp.csr_matrix:
            indices = tf.gather(keras.ops.convert_to_tensor(self.indices), rows)
            prior = tf.gather(keras.ops.convert_to_tensor(self.log_weights), rows)
            log_attention = self._log_attention(tf.gather(left, rows), right, indices, prior)
            listed = indices.numpy() >= 0
            ends = np.concatenate([[0], np.cumsum(listed.sum(axis=1))])
            data, columns = np.exp(log_attention.numpy()[listed]), indices.numpy()[listed]
            return sp.csr_matrix((data, columns, ends), shape=(len(rows), self.num_nodes))

        return rows_of

    def _log_attention(
        self, left: tf.Tensor, right: tf.Tensor, indices: tf.Tensor, log_weights: tf.Tensor
    ) -> tf.Tensor:
        """The log of alpha, (n, m), of n nodes with l (n,); meaningless at padding."""
        logits = tf.nn.leaky_relu(
            left[:, None] + tf.gather(right, tf.maximum(indices, 0)), NEGATIVE_SLOPE
        )
        if self.log_prior:
            logits = logits + log_weights
        logits = tf.where(indices >= 0, logits, tf.fill(tf.shape(logits), tf.float32.min))
        return tf.nn.log_softmax(logits, axis=1)
