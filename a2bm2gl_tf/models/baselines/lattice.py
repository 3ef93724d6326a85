"""LATTICE (Zhang et al., MM 2021): latent item structures mined from the modalities."""

import dataclasses

import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.graph.propagation import resolve_backend
from a2bm2gl_tf.layers.latent_structure import LatentStructure
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.explanation import ItemPart, with_remainder
from a2bm2gl_tf.models.lightgcn import lightgcn_propagation
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations

# Of |h|, where dividing by it stops.
_SMALLEST_SQUARE = 1e-24


@dataclasses.dataclass(frozen=True)
class LatticeSettings:
    """LATTICE's own settings.

    Attributes:
      initial_weight: lambda, the share of the graph of the raw features.
      item_layers: L, layers of convolution over the item graph.
      projection: width of the projected features.
    """

    initial_weight: float = 0.7
    item_layers: int = 1
    projection: int = 64


class Lattice(Recommender):
    r"""LightGCN whose items also take part in a graph of items that is learned from content.

      A = sum_m a_m (lambda S_m + (1 - lambda) S'_m),   a = softmax of free weights
      h^(l) = A h^(l-1),   h^(0) = the items' free embeddings
      E_v = E_v^LightGCN + h_v^(L) / |h_v^(L)|,   E_u = E_u^LightGCN

    with S_m and S'_m the normalised graphs of the k most similar items by the raw and by the
    projected features of modality m (`layers.latent_structure`), and the BPR loss.

    Adapted: any number of modalities; an item without one has no edges in its graph, and LightGCN
    alone where it has none at all. The published code makes the learned graph once an epoch, with a
    gradient in that step only. Here the lists of neighbours are renewed every `refresh_every`
    epochs, while the weights along them follow the projections, with a gradient, in every step.
    Each S'_m is normalised by itself, where that code normalises their mixture, and an edge of
    negative cosine is left out. Raw features are not trained, unlike there. A batch holds users
    with all their interactions, followed by one step of Adam, instead of one pair each of drawn
    users; L2 is on all weights instead of the final embeddings of the batch.

    Args:
      dataset: its training interactions and modalities.
      config: `dimension`, `num_layers`, `dropout`, `init_stddev`, `knn` (the item itself counts as
        one of the k), `knn_method`, `propagation`, `seed`; own ones: `LatticeSettings`.
    """

    own_settings = LatticeSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="lattice", dtype="float32", **kwargs)
        settings = make_own_settings(LatticeSettings, config.own)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.item_layers = settings.item_layers
        backend = resolve_backend(config.propagation, config.jit_compile)
        self.node_embeddings = NodeEmbeddings.of_config(self.num_users + self.num_items, config)
        self.collaborative = lightgcn_propagation(dataset, config)
        self.structures = [
            LatentStructure(
                modality,
                config.knn,
                settings.initial_weight,
                settings.projection,
                backend,
                seed=derived_seed(config.seed, index),
                method=config.knn_method,
                name=modality.name,
            )
            for index, modality in enumerate(dataset.modalities)
        ]
        if self.structures:
            self.modality_logits = self.add_weight(
                name="modality_logits", shape=(len(self.structures),), initializer="zeros"
            )
        self.built = True

    def refresh(self, count: int = 0) -> None:
        """Renews the neighbour lists of the learned graphs."""
        del count
        for structure in self.structures:
            structure.select()

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        carried = node_rows("node_embeddings", self.node_embeddings.table)
        for structure in self.structures:
            carried += shared(structure.name, structure, [structure.name])
        if self.structures:
            carried += shared(
                "modality_logits", self.modality_logits, [s.name for s in self.structures]
            )
        return carried

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Propagates both graphs; see `Recommender.call`."""
        initial = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        sizes = [self.num_users, self.num_items]
        users, items = tf.split(self.collaborative(initial), sizes)
        if not self.structures:
            return Representations.of_final(users, items)
        latent, _ = self._latent(tf.split(initial, sizes)[1])
        latent = tf.math.l2_normalize(latent, axis=1, epsilon=_SMALLEST_SQUARE)
        return Representations(users, items + latent, users, items, {}, {})

    def _latent(self, current: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """h^(L) of h^(0), float32 (V, d), and the modalities' addends of it; none where L = 0."""
        shares = tf.unstack(tf.nn.softmax(tf.convert_to_tensor(self.modality_logits)))
        weights = [structure.learned_weights() for structure in self.structures]
        addends = []
        for _ in range(self.item_layers):
            addends = [
                share * structure(current, learned)
                for share, structure, learned in zip(shares, self.structures, weights, strict=True)
            ]
            current = tf.add_n(addends)
        return current, addends

    def item_parts(self) -> list[ItemPart]:
        """LightGCN's E_v, and h_v^(L) / |h_v^(L)| by the modality of the last layer's graph."""
        _, items = self.embeddings()
        parts = []
        if self.structures and self.item_layers:
            latent, addends = self._latent(self.node_embeddings(training=False)[self.num_users :])
            squares = tf.reduce_sum(tf.square(latent), axis=1, keepdims=True)
            scale = tf.math.rsqrt(tf.maximum(squares, _SMALLEST_SQUARE))
            parts = [
                ItemPart(structure.name, scale * addend)
                for structure, addend in zip(self.structures, addends, strict=True)
            ]
        return with_remainder("collaborative", items, parts)
