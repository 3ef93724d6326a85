"""Exact attention over every node of the connected component in O(N log N + N d) (Eq. 6)."""

from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.components import component_labels
from a2bm2gl_tf.layers.adjacent_attention import NEGATIVE_SLOPE, AdjacentAttention
from a2bm2gl_tf.layers.component_order import (
    Components,
    components_of,
    descending,
    places_above,
)
from a2bm2gl_tf.layers.running_sums import first_rows, last_rows, running_sums


def exact_attention(
    left: tf.Tensor, right: tf.Tensor, values: tf.Tensor, components: Components
) -> tuple[tf.Tensor, tf.Tensor]:
    r"""Softmax attention with logits LeakyReLU(l_i + r_j) within each component, exactly.

      out_i = sum_{j ~ i} exp(LeakyReLU(l_i + r_j)) E_j / sum_{j ~ i} exp(LeakyReLU(l_i + r_j))

    The slope of LeakyReLU is constant on either side of 0. With the nodes of a component in
    descending order of r, the j with r_j > -l_i come first, with weights e^{l_i} e^{r_j} (the steep
    side), and the others follow with weights e^{0.2 l_i} e^{0.2 r_j} (the flat side). Running sums
    of e^{r_j} E_j from the top and of e^{0.2 r_j} E_j from the bottom hold every such part; i looks
    up where -l_i falls. The gradient is the same computation with the roles exchanged: sorted by l,
    the i that see j on its steep side come first.

    With R the largest r of the component, weights are taken as e^{r_j - R} and, on the flat side,
    e^{0.2 (r_j - R)} e^{-0.8 max(l_i + R, 0)}: those of the softmax times
    exp(-LeakyReLU(l_i + R)). The largest is 1, so nothing overflows and every normaliser is at
    least 1.

    Args:
      left: l, float32 (N,).
      right: r, float32 (N,).
      values: E, float32 (N, d).
      components: the layout of the components, of `components_of`.

    Returns:
      (out, float32 (N, d); entropy of each node's attention in nats, float32 (N,)).
      Both differentiable once in `left`, `right` and `values`.
    """
    left, right, values = (tf.convert_to_tensor(x) for x in (left, right, values))
    return _attend(left, right, values, *(tf.convert_to_tensor(x) for x in components))


@tf.custom_gradient
def _attend(left, right, values, start, stop, by_place):
    components = Components(start, stop, by_place)
    order, keys = descending(right, components)
    border = places_above(keys, -left, components)
    shifted = right - tf.gather(right, tf.gather(order, start))
    sides = _both_sides(shifted)
    moments = tf.stack([tf.ones_like(right), shifted], axis=1)
    sums, moments = _side_sums(order, sides, [values, moments], border, components)

    log_flat = (NEGATIVE_SLOPE - 1.0) * tf.nn.relu(left + right - shifted)
    scales = tf.stack([tf.ones_like(left), tf.exp(log_flat)], axis=1)
    mass = scales * moments[:, :, 0]
    normaliser = tf.reduce_sum(mass, axis=1)
    shares = scales / normaliser[:, None]
    output = tf.einsum("nk,nkd->nd", shares, sums)
    # The mean logit, less LeakyReLU(l_i + R).
    mean_logit = _over_slopes(scales * moments[:, :, 1]) + log_flat * mass[:, 1]
    mean_logit /= normaliser
    entropy = tf.math.log(normaliser) - mean_logit

    def backward(upstream, entropy_upstream):
        # The entropy is -1 times the mean of one more column, the logit itself, plus a part whose
        # gradient is zero; h is its upstream. Below, attention_ij (G_i.E_j + offset_i - h_i x_ij)
        # is the gradient of the logit x_ij.
        h = tf.convert_to_tensor(entropy_upstream)
        dots = tf.einsum("nd,nkd->nk", upstream, sums)
        offset = h * mean_logit - tf.reduce_sum(shares * dots, axis=1)
        # A row's logit gradients sum to 0, so of slopes 1 and 0.2 only the steep side's 0.8 more
        # remains.
        steep = dots[:, 0] + offset * moments[:, 0, 0] - h * moments[:, 0, 1]
        left_gradient = (1.0 - NEGATIVE_SLOPE) * shares[:, 0] * steep

        receivers, left_keys = descending(left, components)
        seen_from = places_above(left_keys, -right, components)
        scalars = tf.stack([offset, h, h * log_flat], axis=1)
        received, scalars = _side_sums(
            receivers, shares, [upstream, scalars], seen_from, components
        )
        values_gradient = tf.einsum("nk,nkd->nd", sides, received)
        flat_only = tf.constant([0.0, 1.0])
        slopes = tf.constant([1.0, NEGATIVE_SLOPE])
        logit_gradients = (
            tf.einsum("nd,nkd->nk", values, received)
            + scalars[:, :, 0]
            - slopes * shifted[:, None] * scalars[:, :, 1]
            - flat_only * scalars[:, :, 2]
        )
        right_gradient = _over_slopes(sides * logit_gradients)
        return left_gradient, right_gradient, values_gradient, None, None, None

    return (output, entropy), backward


def _both_sides(shifted: tf.Tensor) -> tf.Tensor:
    """A node's weight on the steep and on the flat side, float32 (N, 2)."""
    return tf.exp(tf.stack([shifted, NEGATIVE_SLOPE * shifted], axis=1))


def _over_slopes(both: tf.Tensor) -> tf.Tensor:
    return both[:, 0] + NEGATIVE_SLOPE * both[:, 1]


def _side_sums(
    order: tf.Tensor,
    weights: tf.Tensor,
    columns: list[tf.Tensor],
    border: tf.Tensor,
    components: Components,
) -> list[tf.Tensor]:
    """Sums over the component's places before and from each node's border, each (N, 2, c)."""
    by_place = tf.gather(weights, order)
    sums = running_sums(order, by_place[:, 0], by_place[:, 1], columns, components.by_place)
    nothing = tf.constant(order.shape[0], tf.int64)
    before = tf.where(border > components.start, border - 1, nothing)
    after = tf.where(border < components.stop, border, nothing)
    rows = tf.stack([first_rows(before), last_rows(after)], axis=1)
    return [tf.gather(x, rows) for x in sums]


class FullAttention(AdjacentAttention):
    """Attention over all nodes that any number of surfing steps can reach.

    N_v is v's connected component, the support of M as the number of hops grows. Nothing of size
    N x N is formed; see `exact_attention`.

    As LeakyReLU(l_v + r_i) grows with r_i whatever l_v is, all nodes of a component put their
    neighbours in the same order; the weights themselves differ.
    """

    spans_components = True

    def build(self, embeddings_shape):
        """Creates w and the components' layout, which stays constant between selections."""
        super().build(embeddings_shape)
        self.components = Components(
            *(
                self.add_weight(
                    name=name,
                    shape=(self.num_nodes,),
                    dtype="int64",
                    initializer="zeros",
                    trainable=False,
                )
                for name in Components._fields
            )
        )

    def select(self, adjacency: sp.csr_matrix) -> None:
        """Lays out the weakly connected components of `adjacency`."""
        layout = components_of(component_labels(adjacency))
        for variable, values in zip(self.components, layout, strict=True):
            variable.assign(values)

    def call(self, embeddings: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Attends over whole components.

        Args:
          embeddings: E, float32 (N, d).

        Returns:
          (E^anti, float32 (N, d); mean entropy of the attention rows in nats, scalar).
        """
        left, right = self.logit_parts(embeddings)
        output, entropy = exact_attention(left, right, embeddings, self.components)
        return output, tf.reduce_mean(entropy)

    def attention_rows(
        self, embeddings: tf.Tensor, k: int, among: sp.csr_matrix | None
    ) -> Callable[[np.ndarray], sp.csr_matrix]:
        """See `AdjacentAttention.attention_rows`.

        The weight of a component's first node, that of its largest r, is what attention makes of a
        column that is 1 at that node and 0 elsewhere. Any other weight differs from it by the
        exponential of the difference of two logits.
        """
        left, right = self.logit_parts(embeddings)
        order, _ = descending(right, self.components)
        first = tf.gather(order, self.components.start)
        is_first = tf.cast(first == tf.range(self.num_nodes, dtype=tf.int64), tf.float32)
        of_first, _ = exact_attention(left, right, is_first[:, None], self.components)
        largest_right = tf.gather(right, first).numpy()
        left, right, order = left.numpy(), right.numpy(), order.numpy()
        of_first = of_first.numpy()[:, 0]
        start, stop = self.components.start.numpy(), self.components.stop.numpy()

        def rows_of(rows: np.ndarray) -> sp.csr_matrix:
            if among is None:
                counts = np.minimum(stop[rows] - start[rows], k + 1)
                ends = np.concatenate([[0], np.cumsum(counts)])
                places = np.arange(ends[-1]) + np.repeat(start[rows] - ends[:-1], counts)
                columns = order[places]
            else:
                candidates = among[rows]
                ends, columns = candidates.indptr, candidates.indices
                counts = np.diff(ends)
            nodes = np.repeat(rows, counts)
            change = _leaky(left[nodes] + right[columns]) - _leaky(
                left[nodes] + largest_right[nodes]
            )
            reached = start[nodes] == start[columns]
            data = np.where(reached, of_first[nodes] * np.exp(np.minimum(change, 0)), 0)
            return sp.csr_matrix((data, columns, ends), shape=(len(rows), self.num_nodes))

        return rows_of


def _leaky(logits: np.ndarray) -> np.ndarray:
    return np.where(logits > 0, logits, NEGATIVE_SLOPE * logits)
