"""The Adaptive Anti-Bottleneck Multi-Modal Graph Learning Network (section 3)."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.graph.bipartite import bipartite_adjacency, normalised_adjacency
from a2bm2gl_tf.graph.knn import neighbours_to_csr
from a2bm2gl_tf.graph.propagation import SparseOperator, resolve_backend
from a2bm2gl_tf.layers.adjacent_attention import AdjacentAttention
from a2bm2gl_tf.layers.collaborative_gcn import CollaborativeGCN
from a2bm2gl_tf.layers.interaction_dropout import InteractionDropout
from a2bm2gl_tf.layers.neighbourhoods import build_attention
from a2bm2gl_tf.models.a2bm2gl_settings import A2BM2GLSettings, checked_settings
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.explanation import AttendedNeighbours, ItemPart
from a2bm2gl_tf.models.memory_parts import (
    Part,
    Sizes,
    attention_part,
    dropped_interactions_part,
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

# Of a step's dropout seed, that of the entries of E^(0) being the seed itself.
_INTERACTIONS_STREAM = 1


class _FullAdjacentLayer(NamedTuple):
    """An attention layer with what it attends over.

    Attributes:
      name: "interaction", or the modality's.
      attention: the layer.
      embeddings: its input, float32 (N', d), N' = U + V for interactions and V for a modality.
      graph: CSR (N', N'), the graph that it surfs.
      first_item: row of item 0 among the N' nodes.
    """

    name: str
    attention: AdjacentAttention
    embeddings: tf.Tensor
    graph: sp.csr_matrix
    first_item: int


class A2BM2GL(Recommender):
    r"""Collaborative GCN, semantic GCN a modality, and anti-bottleneck attention over each.

    Fusion is the sum of section 3.6.1:

      E_u = E_u^str + E_u^anti_str,
      E_v = E_v^str + E_v^anti_str + sum_modality (H_v + E_v^anti_modality).

    Args:
      dataset: its training interactions make the graph, its modalities the semantic parts.
      config: the model's settings; `anti_bottleneck` and `semantic` switch parts off (Table 3).
        Own settings are `A2BM2GLSettings`, what goes beyond the paper.
    """

    own_settings = A2BM2GLSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="a2bm2gl", dtype="float32", **kwargs)
        settings = checked_settings(config.own)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self._interactions = dataset.train
        num_nodes = dataset.num_users + dataset.num_items
        backend = resolve_backend(config.propagation, config.jit_compile)
        adjacency = normalised_adjacency(dataset.train)
        operator = SparseOperator(adjacency, backend)
        self._dropout = None
        if settings.interaction_dropout:
            self._dropout = InteractionDropout(adjacency, settings.interaction_dropout, backend)
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
        if checked_settings(config.own).interaction_dropout:
            parts.append(dropped_interactions_part(nodes, sizes.interactions))
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
        operator = None
        if training and self._dropout is not None:
            stream = tf.random.experimental.stateless_fold_in(dropout_seed, _INTERACTIONS_STREAM)
            operator = self._dropout.sample(stream)
        structural = self.collaborative(initial, operator=operator)
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

    def item_parts(self) -> list[ItemPart]:
        """E_v^str, every H_v, and after each of them what attention over its graph adds."""
        representations = self(training=False)
        whole = [ItemPart("collaborative", representations.structural_items)]
        whole += [ItemPart(name, part.items) for name, part in representations.semantic.items()]
        layers = list(self._full_adjacent_layers(representations))
        if not layers:
            return whole
        parts = []
        for part, layer in zip(whole, layers, strict=True):
            attended, _ = layer.attention(layer.embeddings)
            parts += [part, ItemPart(f"{part.name}, anti-bottleneck", attended[layer.first_item :])]
        return parts

    def attended_neighbours(self, k: int) -> list[AttendedNeighbours]:
        """See `Recommender.attended_neighbours`.

        Exact `full` neighbourhoods put all nodes in one order, so that the first k would be the
        same for every item; there the candidates are the item's direct neighbours in the graph.
        """
        attended = []
        for layer in self._full_adjacent_layers(self(training=False)):
            rows = layer.first_item + np.arange(self.num_items)
            among = layer.graph if layer.attention.spans_components else None
            nodes, weights = layer.attention.largest_weights(layer.embeddings, rows, k, among)
            nodes = np.where(nodes >= 0, nodes + self.num_users - layer.first_item, -1)
            attended.append(AttendedNeighbours(layer.name, nodes, weights))
        return attended

    def _full_adjacent_layers(self, of: Representations) -> Iterator[_FullAdjacentLayer]:
        """The layers in the order of fusion; none without the anti-bottleneck part."""
        if self.attention is None:
            return
        structural = tf.concat([of.structural_users, of.structural_items], axis=0)
        yield _FullAdjacentLayer(
            "interaction",
            self.attention,
            structural,
            bipartite_adjacency(self._interactions),
            self.num_users,
        )
        for part in self.semantic_parts:
            semantic = of.semantic[part.name]
            graph = neighbours_to_csr(semantic.neighbours.numpy())
            yield _FullAdjacentLayer(part.name, part.attention, semantic.items, graph, 0)

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
