"""One modality's semantic and anti-bottleneck parts, joined (sections 3.4 and 3.5)."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.graph.edge_weights import neighbour_edge_weights
from a2bm2gl_tf.graph.knn import (
    cosine_neighbours,
    largest_similarity_change,
    neighbours_to_csr,
)
from a2bm2gl_tf.layers.neighbourhoods import build_attention
from a2bm2gl_tf.layers.semantic_gcn import SemanticGCN
from a2bm2gl_tf.layers.weighted_cosine import WeightedCosine
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.recommender import SemanticRepresentation

# Surfing must be able to cross an edge to a chosen neighbour whose similarity is 0 or less.
_SMALLEST_TRANSITION = 1e-6


class SemanticPart(keras.layers.Layer):
    """Learned kNN graph of one modality, its graph convolution and its full-adjacent attention.

    The neighbour lists are variables that `refresh` selects again; between selections they are
    constant, while the similarities along them stay differentiable.

    Args:
      modality: features X of the V items, and which items have them.
      config: the model's settings.
      seed: first of the three consecutive integer seeds this part uses.
    """

    def __init__(self, modality: Modality, config: ModelConfig, seed: int, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.present = modality.present
        # A plain tensor: a checkpoint need not repeat what the dataset holds.
        self.features = tf.constant(modality.features)
        num_items, width = modality.features.shape
        self.neighbours = self._list_weight("neighbours", (num_items, config.knn), "int64")
        self.edge_weights = self._list_weight("edge_weights", (num_items, config.knn), "float32")
        self.knn_method, self.knn_tolerance = config.knn_method, config.knn_tolerance
        # w_p at the last selection; part of the state, so that a resumed run selects when the
        # uninterrupted one would. Before the first selection it is no w_p at all.
        self.selected_with = self._list_weight(
            "selected_with", (config.knn_heads, width), "float32"
        )
        self.similarity = WeightedCosine(config.knn_heads, seed=seed, name="similarity")
        self.similarity.build((num_items, width))
        self.encoder = SemanticGCN(
            config.dimension,
            config.self_loop_weight,
            config.learn_self_loop,
            config.semantic_activation,
            # X W starts at the scale of E^(0).
            init_stddev=config.init_stddev / modality.typical_norm,
            seed=seed + 1,
            name="encoder",
        )
        self.encoder.build((num_items, width))
        self.attention = None
        if config.anti_bottleneck:
            # A learned graph is another one at each selection: nothing to keep for later.
            surfing = dataclasses.replace(config.surfing, cache_dir=None)
            self.attention = build_attention(surfing, num_items, seed=seed + 2, name="attention")
            self.attention.build((num_items, config.dimension))
        self.built = True

    def _list_weight(self, name: str, shape: tuple[int, int], dtype: str):
        return self.add_weight(
            name=name, shape=shape, dtype=dtype, initializer="zeros", trainable=False
        )

    def refresh(self) -> None:
        """Selects the kNN graph, and the neighbourhoods on it, with the current w_p.

        Nothing is done while no similarity can have moved by more than `knn_tolerance`.
        """
        features, weights = self.features.numpy(), self.similarity.head_weights()
        selected_with = self.selected_with.numpy()
        if selected_with.any():
            moved = largest_similarity_change(features[self.present], selected_with, weights)
            if moved <= self.knn_tolerance:
                return
        neighbours = cosine_neighbours(
            features, weights, self.present, self.neighbours.shape[1], self.knn_method
        )
        self.selected_with.assign(weights)
        self.neighbours.assign(neighbours)
        self.edge_weights.assign(neighbour_edge_weights(neighbours))
        if self.attention is not None:
            similarities = self.similarity(self.features, tf.constant(neighbours)).numpy()
            transitions = np.maximum(similarities, _SMALLEST_TRANSITION)
            self.attention.select(neighbours_to_csr(neighbours, transitions))

    def call(self, unused_inputs=None):
        """Encodes the items of the modality.

        Returns:
          (`SemanticRepresentation` with H; E^anti, float32 (V, d), or None without the
          anti-bottleneck part; mean attention entropy in nats, or None).
        """
        neighbours = keras.ops.convert_to_tensor(self.neighbours)
        similarities = self.similarity(self.features, neighbours)
        encoded = self.encoder(self.features, similarities, neighbours)
        representation = SemanticRepresentation(
            encoded, neighbours, keras.ops.convert_to_tensor(self.edge_weights)
        )
        if self.attention is None:
            return representation, None, None
        attended, entropy = self.attention(encoded)
        return representation, attended, entropy
