"""The Adaptive Anti-Bottleneck Multi-Modal Graph Learning Network (section 3)."""

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.graph.bipartite import bipartite_adjacency, normalised_adjacency
from a2bm2gl_tf.graph.propagation import SparseOperator, resolve_backend
from a2bm2gl_tf.layers.collaborative_gcn import CollaborativeGCN
from a2bm2gl_tf.layers.neighbourhoods import build_attention
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.memory_parts import (
    Part,
    Sizes,
    attention_part,
    features_part,
    propagation_part,
    semantic_part,
    table_part,
)
from a2bm2gl_tf.models.new_item_encoder import ContentPart
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.recommender import Recommender, Representations
from a2bm2gl_tf.models.semantic_encoder import SemanticItemEncoder
from a2bm2gl_tf.models.semantic_part import SemanticPart


class A2BM2GL(Recommender):
    r"""Collaborative GCN, semantic GCN a modality, and anti-bottleneck attention over each.

    Fusion is the sum of section 3.6.1:

      E_u = E_u^str + E_u^anti_str,
      E_v = E_v^str + E_v^anti_str + sum_modality (H_v + E_v^anti_modality).

    Args:
      dataset: its training interactions make the graph, its modalities the semantic parts.
      config: the model's settings; `anti_bottleneck` and `semantic` switch parts off (Table 3).
    """

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="a2bm2gl", dtype="float32", **kwargs)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        num_nodes = dataset.num_users + dataset.num_items
        backend = resolve_backend(config.propagation, config.jit_compile)
        operator = SparseOperator(normalised_adjacency(dataset.train), backend)
        self.node_embeddings = NodeEmbeddings.of_config(num_nodes, config)
        self.collaborative = CollaborativeGCN(
            operator, config.num_layers, config.combination, name="collaborative"
        )
        self.attention = None
        if config.anti_bottleneck:
            self.attention = build_attention(
                config.surfing, num_nodes, seed=config.seed + 1, name="attention"
            )
            self.attention.build((num_nodes, config.dimension))
            self.attention.select(bipartite_adjacency(dataset.train))
        modalities = dataset.modalities if config.semantic else ()
        self.semantic_parts = [
            # Seeds 10 apart leave each part its own range.
            SemanticPart(modality, config, seed=config.seed + 10 * (index + 1), name=modality.name)
            for index, modality in enumerate(modalities)
        ]
        self.refresh()
        self.built = True

    @classmethod
    def memory_parts(cls, sizes: Sizes, config: ModelConfig, training: bool) -> list[Part]:
        """See `Recommender.memory_parts`; adds the attention of each graph."""
        widths = sizes.widths if config.semantic else ()
        nodes, dimension = sizes.users + sizes.items, config.dimension
        parts = [
            table_part(nodes, dimension, training),
            propagation_part(nodes, dimension, config.num_layers, training),
            features_part(sizes.items, widths, config.knn_heads),
        ]
        parts += [semantic_part(sizes.items, dimension, config.knn, training) for _ in widths]
        if config.anti_bottleneck:
            graphs = [nodes, *(sizes.items for _ in widths)]
            parts += [attention_part(n, dimension, config.surfing, training) for n in graphs]
        return parts

    def refresh(self, count: int = 0) -> None:
        """Selects every modality's kNN graph again with the learned similarities."""
        del count
        for part in self.semantic_parts:
            part.refresh()

    @property
    def semantic_kernels(self) -> list[tf.Variable]:
        """The modalities' W of Eq. 4."""
        return [part.encoder.kernel for part in self.semantic_parts]

    def state(self) -> list[tf.Variable]:
        """See `Recommender.state`; adds the neighbour lists whose length is not fixed."""
        layers = [self.attention, *(part.attention for part in self.semantic_parts)]
        varying = [v for layer in layers if layer is not None for v in layer.varying_variables]
        return super().state() + varying

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        # Propagation gives a new node its neighbours' embeddings at once; noise would spoil them.
        table = self.node_embeddings.table
        carried = node_rows("node_embeddings", table, new_rows_zero=True)
        carried += shared("attention", self.attention)
        for part in self.semantic_parts:
            carried += shared(f"semantic/{part.name}", part, [part.name])
        return carried

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Propagates the graph; see `Recommender.call`."""
        initial = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        structural = self.collaborative(initial)
        fused = structural
        entropy = {}
        if self.attention is not None:
            attended, entropy["interaction"] = self.attention(structural)
            fused = fused + attended
        users, items = tf.split(fused, [self.num_users, self.num_items])
        semantic = {}
        for part in self.semantic_parts:
            representation, attended, part_entropy = part()
            semantic[part.name] = representation
            items = items + representation.items
            if attended is not None:
                items = items + attended
                entropy[part.name] = part_entropy
        structural_users, structural_items = tf.split(structural, [self.num_users, self.num_items])
        return Representations(users, items, structural_users, structural_items, semantic, entropy)

    def content_part(self) -> ContentPart | None:
        """The semantic parts' summand; None without any."""
        if not any(part.present.any() for part in self.semantic_parts):
            return None
        content = np.zeros((self.num_items, self.node_embeddings.table.shape[1]), np.float32)
        for part in self.semantic_parts:
            representation, attended, _ = part()
            content += representation.items.numpy()
            if attended is not None:
                content += attended.numpy()
        return ContentPart(SemanticItemEncoder(self.semantic_parts), content)
