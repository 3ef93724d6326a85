"""Markov graph diffusion: what a Markov process on the graph leaves of the first embeddings."""

import keras
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import SparseOperator


class MarkovDiffusion(keras.layers.Layer):
    r"""K steps of H^(k) = beta A H^(k-1) + alpha H^(0), divided by the sum of their weights.

    MGDN of Hu et al., "MGDCF: Distance Learning via Markov Graph Diffusion for Neural
    Collaborative Filtering", 2022:

      H = (1 / Gamma) (beta^K A^K H^(0) + alpha sum_{k<K} beta^k A^k H^(0))
      Gamma = beta^K + alpha sum_{k<K} beta^k

    With alpha + beta = 1 it is personalised PageRank's propagation (APPNP), and Gamma is 1.

    Args:
      operator: product with the normalised adjacency A, (N, N).
      num_steps: K; 0 returns the input.
      alpha: weight of the first embeddings in each step, 0 or more.
      beta: weight of the neighbours' in each step, 0 or more.

    Raises:
      ValueError: for a negative argument, or where nothing is left (Gamma = 0).
    """

    def __init__(
        self, operator: SparseOperator, num_steps: int, alpha: float, beta: float, **kwargs
    ):
        super().__init__(dtype="float32", **kwargs)
        if num_steps < 0 or alpha < 0 or beta < 0:
            raise ValueError(f"num_steps {num_steps}, alpha {alpha}, beta {beta}: one is negative")
        self.operator = operator
        self.num_steps = num_steps
        self.alpha, self.beta = alpha, beta
        self.gamma = beta**num_steps + alpha * sum(beta**k for k in range(num_steps))
        if self.gamma == 0:
            raise ValueError("alpha and beta are both 0: nothing would be left")

    def call(self, embeddings: tf.Tensor) -> tf.Tensor:
        """Diffuses H^(0), float32 (N, d), to H, float32 (N, d)."""
        current = embeddings
        for _ in range(self.num_steps):
            current = self.beta * self.operator(current) + self.alpha * embeddings
        return current / self.gamma
