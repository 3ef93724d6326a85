"""Exact attention over every node of the connected component in O(N log N + N d) (Eq. 6)."""

import math

import keras
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.components import component_labels
from a2bm2gl_tf.layers.adjacent_attention import NEGATIVE_SLOPE, AdjacentAttention


def exact_attention(
    left: tf.Tensor, right: tf.Tensor, values: tf.Tensor, labels: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    r"""Softmax attention with logits LeakyReLU(l_i + r_j) within each component, exactly.

      out_i = sum_{j ~ i} exp(LeakyReLU(l_i + r_j)) E_j / sum_{j ~ i} exp(LeakyReLU(l_i + r_j))

    The slope of LeakyReLU is constant on either side of 0. With the nodes of a component in
    descending order of r, the j with r_j > -l_i form a prefix whose weights are e^{l_i} e^{r_j},
    and the rest a suffix whose weights are e^{0.2 l_i} e^{0.2 r_j}. Running sums of e^{r_j} E_j and
    e^{0.2 r_j} E_j from the top hold every prefix and suffix; i looks up where -l_i falls.

    Every weight is divided by exp(LeakyReLU(l_i + max r)), so the largest is 1, nothing overflows
    and every normaliser is at least 1. The running sums cross component borders and are taken in
    float64: a component's share is a difference of two of them, whose absolute error (about
    N x 1e-16) is then also relative to a value of at least 1.

    Args:
      left: l, float32 (N,).
      right: r, float32 (N,).
      values: E, float32 (N, d).
      labels: int32 (N,), the component of each node, numbered from 0.

    Returns:
      (out, float32 (N, d); entropy of each node's attention in nats, float32 (N,)).
      Differentiable in `left`, `right` and `values` by automatic differentiation, in the same time.
    """
    num_nodes = left.shape[0]
    descending = tf.argsort(right, direction="DESCENDING", stable=True)
    order = tf.gather(descending, tf.argsort(tf.gather(labels, descending), stable=True))
    sorted_labels = tf.gather(labels, order)
    start = tf.searchsorted(sorted_labels, labels, side="left")
    stop = tf.searchsorted(sorted_labels, labels, side="right")
    sorted_right = tf.gather(right, order)
    threshold = _first_not_above(tf.stop_gradient(sorted_right), -left, start, stop, num_nodes)

    # The shift cancels between numerator and normaliser, so it carries no gradient.
    peak = tf.stop_gradient(tf.gather(sorted_right, start))
    left64, peak64 = tf.cast(left, tf.float64), tf.cast(peak, tf.float64)
    sorted_shifted = tf.cast(sorted_right, tf.float64) - tf.gather(peak64, order)
    top_logit = left64 + peak64
    top = tf.stop_gradient(tf.nn.leaky_relu(top_logit, NEGATIVE_SLOPE))
    # No node lies on the steep side unless the top one does; the bound keeps exp finite there.
    steep_scale = tf.exp(tf.where(top_logit > 0, top_logit - top, tf.zeros_like(top)))
    flat_scale = tf.exp(NEGATIVE_SLOPE * top_logit - top)

    sorted_values = tf.cast(tf.gather(values, order), tf.float64)
    ones = tf.ones([num_nodes, 1], tf.float64)
    columns = tf.concat([sorted_values, ones, sorted_shifted[:, None]], axis=1)
    steep = _running_sum(tf.exp(sorted_shifted)[:, None] * columns)
    flat = _running_sum(tf.exp(NEGATIVE_SLOPE * sorted_shifted)[:, None] * columns)
    steep_part = tf.gather(steep, threshold) - tf.gather(steep, start)
    flat_part = tf.gather(flat, stop) - tf.gather(flat, threshold)
    steep_part *= steep_scale[:, None]
    flat_part *= flat_scale[:, None]

    total = steep_part + flat_part
    normaliser = total[:, -2]
    output = total[:, :-2] / normaliser[:, None]
    mean_logit = (
        top_logit * steep_part[:, -2]
        + steep_part[:, -1]
        + NEGATIVE_SLOPE * (top_logit * flat_part[:, -2] + flat_part[:, -1])
    ) / normaliser
    entropy = tf.math.log(normaliser) + top - mean_logit
    return tf.cast(output, tf.float32), tf.cast(entropy, tf.float32)


def _running_sum(columns: tf.Tensor) -> tf.Tensor:
    """Sums of the first 0, 1, ..., N rows, (N + 1, c)."""
    return tf.pad(tf.cumsum(columns, axis=0), [[1, 0], [0, 0]])


def _first_not_above(
    descending: tf.Tensor, bounds: tf.Tensor, start: tf.Tensor, stop: tf.Tensor, size: int
) -> tf.Tensor:
    """For each i, the first position in [start_i, stop_i) whose value is <= bounds_i, else stop_i.

    A binary search for all nodes at once, each within its own component's sorted segment.
    """
    low, high = start, stop
    for _ in range(math.ceil(math.log2(size + 1))):
        middle = (low + high) // 2
        above = tf.gather(descending, tf.minimum(middle, size - 1)) > bounds
        searching = low < high
        low = tf.where(searching & above, middle + 1, low)
        high = tf.where(searching & ~above, middle, high)
    return low


class FullAttention(AdjacentAttention):
    """Attention over all nodes that any number of surfing steps can reach.

    N_v is v's connected component, the support of M as the number of hops grows. Nothing of size
    N x N is formed; see `exact_attention`.
    """

    def build(self, embeddings_shape):
        """Creates w and the component labels, which stay constant between selections."""
        super().build(embeddings_shape)
        self.labels = self.add_weight(
            name="labels",
            shape=(self.num_nodes,),
            dtype="int32",
            initializer="zeros",
            trainable=False,
        )

    def select(self, adjacency: sp.csr_matrix) -> None:
        """Labels the weakly connected components of `adjacency`."""
        self.labels.assign(component_labels(adjacency))

    def call(self, embeddings: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Attends over whole components.

        Args:
          embeddings: E, float32 (N, d).

        Returns:
          (E^anti, float32 (N, d); mean entropy of the attention rows in nats, scalar).
        """
        left, right = self.logit_parts(embeddings)
        labels = keras.ops.convert_to_tensor(self.labels)
        output, entropy = exact_attention(left, right, embeddings, labels)
        return output, tf.reduce_mean(entropy)
