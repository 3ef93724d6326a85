"""Collaborative representation learning on the user-item graph (section 3.3, Eq. 1)."""

from collections.abc import Callable

import keras
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import SparseOperator

COMBINATIONS = ("mean", "last")


class CollaborativeGCN(keras.layers.Layer):
    r"""Weightless graph convolution over users and items with layer combination.

    One layer is Eq. 1,

      E_u^(k+1) = E_u^(k) / (d_u + 1)
                  + sum_{v in N(u)} E_v^(k) / (sqrt(d_u + 1) sqrt(d_v + 1)),

    and the same with u and v exchanged: a product with D^-1/2 (B + I) D^-1/2. Following LightGCN,
    the output E^str is the mean of E^(0) .. E^(K) (`combination="mean"`), or E^(K) itself
    (`combination="last"`).

    Args:
      operator: product with the normalised adjacency, (N, N), N = U + V, users first.
      num_layers: K, the number of propagation layers; 0 returns the input.
      combination: "mean" or "last".

    Raises:
      ValueError: for a negative `num_layers` or an unknown `combination`.
    """

    def __init__(
        self, operator: SparseOperator, num_layers: int, combination: str = "mean", **kwargs
    ):
        super().__init__(dtype="float32", **kwargs)
        if num_layers < 0:
            raise ValueError(f"num_layers is {num_layers}; it must be 0 or more")
        if combination not in COMBINATIONS:
            raise ValueError(f"combination is {combination!r}; it must be one of {COMBINATIONS}")
        self.operator = operator
        self.num_layers = num_layers
        self.combination = combination

    def call(
        self,
        embeddings: tf.Tensor,
        operator: Callable[[tf.Tensor], tf.Tensor] | None = None,
    ) -> tf.Tensor:
        """Propagates E^(0), float32 (N, d), to E^str, float32 (N, d).

        Args:
          embeddings: E^(0).
          operator: takes the place of the layer's own product, such as one with dropout.
        """
        operator = operator or self.operator
        current = embeddings
        total = embeddings
        for _ in range(self.num_layers):
            current = operator(current)
            total = total + current
        if self.combination == "last":
            return current
        return total / (self.num_layers + 1)
