"""Graph convolution on a fixed user-item graph mixed with learned item graphs."""

from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from a2bm2gl_tf.graph.propagation import SparseOperator
from a2bm2gl_tf.layers.neighbour_ops import neighbour_sum


class LearnedGraph(NamedTuple):
    """A sparse item-item graph whose weights have a gradient.

    Attributes:
      weights: A_ij along the lists, float32 (V, k), 0 or more, 0 at padding.
      neighbours: int64 (V, k) item rows, -1 for padding.
      share: its part of the learned graphs' mixture.
    """

    weights: tf.Tensor
    neighbours: tf.Tensor
    share: float


def threshold(similarities: tf.Tensor, neighbours: tf.Tensor, epsilon: float) -> tf.Tensor:
    """A_ij = s_ij where it is larger than epsilon, else 0; float32 (V, k), 0 at padding."""
    kept = (neighbours >= 0) & (similarities > epsilon)
    return tf.where(kept, similarities, tf.zeros_like(similarities))


class MixedGraphGCN:
    r"""Mean of E^(0) .. E^(K) with E^(k+1) = A~ E^(k) on a mixture of graphs.

      A~ = lambda L^(0) + (1 - lambda) sum_t share_t f(A^(t))

    (IDGL: Chen, Wu and Zaki, NeurIPS 2020), f dividing a row by its sum. Learned graphs
    are among items; the row of a user, and of an item to which no graph gives a neighbour, is
    L^(0)'s alone, and shares of graphs that give an item no neighbour go to those that do.

    Args:
      operator: product with L^(0), (N, N), N = U + V, users first.
      num_users: U.
      num_layers: K, 0 or more.
      initial_share: lambda, from 0 to 1.
    """

    def __init__(
        self,
        operator: SparseOperator,
        num_users: int,
        num_layers: int,
        initial_share: float,
    ):
        self.operator = operator
        self.num_users = num_users
        self.num_layers = num_layers
        self.initial_share = initial_share

    def __call__(self, embeddings: tf.Tensor, graphs: Sequence[LearnedGraph]) -> tf.Tensor:
        """Propagates.

        Args:
          embeddings: E^(0), float32 (N, d).
          graphs: the learned graphs; none leaves L^(0).

        Returns:
          float32 (N, d).
        """
        of_initial, coefficients = self._coefficients(graphs)
        current = total = embeddings
        for _ in range(self.num_layers):
            propagated = self.operator(current)
            if graphs:
                # A slice's gradient is as large as what it was cut from; a split's is one concat.
                users, items = self.of_types(propagated)
                _, sources = self.of_types(current)
                items *= of_initial
                for graph, weights in zip(graphs, coefficients, strict=True):
                    items += neighbour_sum(weights, sources, graph.neighbours)
                propagated = tf.concat([users, items], axis=0)
            current = propagated
            total = total + current
        return total / (self.num_layers + 1)

    def of_types(self, nodes: tf.Tensor) -> list[tf.Tensor]:
        """The rows of the users, and those of the items, of a tensor (N, ...)."""
        return tf.split(nodes, [self.num_users, -1])

    def _coefficients(self, graphs: Sequence[LearnedGraph]):
        """What an item's row of L^(0) is multiplied by, (V, 1), and each graph's part of A~."""
        if not graphs:
            return None, []
        sums = [tf.reduce_sum(graph.weights, axis=1, keepdims=True) for graph in graphs]
        shares = [
            graph.share * tf.cast(row_sums > 0, tf.float32)
            for graph, row_sums in zip(graphs, sums, strict=True)
        ]
        all_shares = tf.add_n(shares)
        learned = 1.0 - self.initial_share
        of_initial = tf.where(all_shares > 0, self.initial_share, 1.0)
        return of_initial, [
            learned
            * tf.math.divide_no_nan(share, all_shares)
            * tf.math.divide_no_nan(graph.weights, row_sums)
            for graph, share, row_sums in zip(graphs, shares, sums, strict=True)
        ]
