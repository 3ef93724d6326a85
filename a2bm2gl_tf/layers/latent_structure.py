"""A modality's item graph that is partly learned (LATTICE)."""

import keras
import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.graph.item_graph import most_similar_with_self, normalised_item_graph
from a2bm2gl_tf.graph.propagation import SparseOperator
from a2bm2gl_tf.layers.feature_projection import FeatureProjection
from a2bm2gl_tf.layers.neighbour_ops import neighbour_dot, neighbour_sum


class LatentStructure(keras.layers.Layer):
    r"""One modality's graph, A = lambda S + (1 - lambda) S', as a product with embeddings.

    S is the normalised graph of the k largest cosines of the features x_i (Eqs. 1-3 of Zhang et
    al., MM 2021), and stays; S' is made alike of the projected features W x_i + b, which
    are learned; the first part of the sum is a skip connection.

    Which items are the k most similar by the projected features is kept in lists that `select`
    renews. The cosines along the lists, and with them the degrees, are those of the current W.

    Args:
      modality: features x_i of the V items.
      k: entries of an item's list, itself among them.
      initial_weight: lambda.
      units: width of the projection.
      backend: resolved backend of the product with S.
      seed: integer seed of W.
      method: see `graph.knn.KNN_METHODS`.
    """

    def __init__(
        self,
        modality: Modality,
        k: int,
        initial_weight: float,
        units: int,
        backend: str,
        seed: int,
        method: str = "exact",
        **kwargs,
    ):
        super().__init__(dtype="float32", **kwargs)
        self.present, self.method, self.initial_weight = modality.present, method, initial_weight
        self.initial = SparseOperator(
            normalised_item_graph(modality.features, modality.present, k, method=method), backend
        )
        self.projection = FeatureProjection(modality, units, seed, name="projection")
        self.neighbours = self.add_weight(
            name="neighbours",
            shape=(len(modality.present), k),
            dtype="int64",
            initializer="zeros",
            trainable=False,
        )
        self.built = True
        self.select()

    def select(self) -> None:
        """Renews the lists of the learned graph with the current W."""
        projected, k = self.projection().numpy(), self.neighbours.shape[1]
        lists = most_similar_with_self(projected, self.present, k, self.method)
        self.neighbours.assign(lists.astype(np.int64))

    def learned_weights(self) -> tf.Tensor:
        """Entries of S' along the lists, float32 (V, k), 0 at padding; differentiable in W."""
        lists = tf.convert_to_tensor(self.neighbours)
        unit = tf.math.l2_normalize(self.projection(), axis=1, epsilon=1e-24)
        cosines = tf.nn.relu(neighbour_dot(unit, unit, lists))
        degrees = tf.reduce_sum(cosines, axis=1)
        # The item itself makes it 1 at least, but for an item without the modality.
        scale = tf.where(degrees > 0, tf.math.rsqrt(tf.maximum(degrees, 1e-6)), 0.0)
        return cosines * scale[:, None] * tf.gather(scale, tf.maximum(lists, 0))

    def call(self, embeddings: tf.Tensor, learned_weights: tf.Tensor) -> tf.Tensor:
        """A E.

        Args:
          embeddings: E, float32 (V, d).
          learned_weights: what `learned_weights` gives, made once for all layers.

        Returns:
          float32 (V, d).
        """
        learned = neighbour_sum(learned_weights, embeddings, tf.convert_to_tensor(self.neighbours))
        return self.initial_weight * self.initial(embeddings) + (1 - self.initial_weight) * learned
