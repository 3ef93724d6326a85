"""MMGCN (Wei et al., MM 2019): one user-item graph convolution a modality."""

import dataclasses

import keras
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.bipartite import mean_adjacency
from a2bm2gl_tf.graph.propagation import SparseOperator, resolve_backend
from a2bm2gl_tf.layers.modality_projection import ModalityProjection
from a2bm2gl_tf.layers.multimodal_gcn import COMBINATIONS, MultimodalGCN
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows, shared, user_rows
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.explanation import ItemPart
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations

# Streams of a modality's seed.
_PREFERENCES, _PROJECTION, _CONVOLUTIONS = 0, 1, 2


@dataclasses.dataclass(frozen=True)
class MMGCNSettings:
    """What MMGCN alone has.

    Attributes:
      combine: "concat" or "add", the two combinations of `MultimodalGCN`.
    """

    combine: str = "concat"


class ModalityGraph(keras.layers.Layer):
    r"""The graph convolution of one modality, with its users' preferences in that modality.

    x^(0) has unit rows: a user's preference embedding, or an item's projected features.

    Args:
      modality: the items' features.
      num_users: U.
      mean: product with the row-normalised adjacency, (N, N).
      config: `dimension`, `num_layers` and `init_stddev`.
      combine: see `MMGCNSettings`.
      seed: integer seed of the initialisers.
    """

    def __init__(
        self,
        modality: Modality,
        num_users: int,
        mean: SparseOperator,
        config: ModelConfig,
        combine: str,
        seed: int,
        **kwargs,
    ):
        super().__init__(dtype="float32", **kwargs)
        self.preferences = self.add_weight(
            name="preferences",
            shape=(num_users, config.dimension),
            initializer=keras.initializers.RandomNormal(
                stddev=config.init_stddev, seed=derived_seed(seed, _PREFERENCES)
            ),
        )
        self.projection = ModalityProjection(
            modality,
            config.dimension,
            config.init_stddev,
            seed=derived_seed(seed, _PROJECTION),
            name="projection",
        )
        self.convolutions = _convolutions(mean, config, combine, seed)
        self.built = True

    def call(self, ids: tf.Tensor) -> tf.Tensor:
        """From the id embeddings, float32 (N, d), to the modality's x^(L), float32 (N, d)."""
        nodes = tf.concat([tf.convert_to_tensor(self.preferences), self.projection()], axis=0)
        nodes = tf.math.l2_normalize(nodes, axis=1)
        for convolution in self.convolutions:
            nodes = convolution(nodes, ids)
        return nodes


class MMGCN(Recommender):
    r"""A user-item graph a modality; their representations are added up.

      x^(l)_m = g(f(N; x^(l-1)_m), x^(l-1)_m, id),    l = 1 .. L     (`MultimodalGCN`)
      E = sum_m x^(L)_m

    for users, with x^(0)_m a preference embedding of that modality, and items, with x^(0)_m the
    features. Scores are E_u . E_v, trained by BPR.

    Adapted: features are projected to the width d before the first layer, so that neither a user's
    preference nor W_1 grows with raw features of thousands of columns (the authors' implementation
    projects pictures alone); then, as there, rows are made unit vectors. No map has a bias, whereas
    the linear layers there have; L2 is on all weights, there on ids and one modality's preferences.
    The aggregation is the mean, not the maximum. An item without a modality has x^(0) = 0 there,
    and is known to it by its users and its id. Without any modality there is one graph, whose x^(0)
    are the ids themselves. Ids and preferences are trained, as the paper has it; in the published
    code they are no parameters of the module and stay as they were drawn.

    Args:
      dataset: its training interactions make the graph, its modalities the items' features.
      config: `dimension`, `num_layers`, `dropout` (of the ids), `init_stddev`, `propagation`,
        `seed` and `own`.

    Raises:
      UserError: for an unknown combination, or without a layer.
    """

    own_settings = MMGCNSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="mmgcn", dtype="float32", **kwargs)
        settings = make_own_settings(MMGCNSettings, config.own)
        if settings.combine not in COMBINATIONS:
            raise UserError(
                f"--model_settings=combine={settings.combine}: choose one of "
                f"{', '.join(COMBINATIONS)}"
            )
        if config.num_layers < 1:
            raise UserError(f"--num_layers={config.num_layers}: MMGCN takes 1 or more")
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        backend = resolve_backend(config.propagation, config.jit_compile)
        mean = SparseOperator(mean_adjacency(dataset.train), backend)
        self.ids = NodeEmbeddings.of_config(self.num_users + self.num_items, config)
        self.graphs = [
            ModalityGraph(
                modality,
                self.num_users,
                mean,
                config,
                settings.combine,
                seed=derived_seed(config.seed, 1 + index),
                name=modality.name,
            )
            for index, modality in enumerate(dataset.modalities)
        ]
        self.of_ids = []
        if not self.graphs:
            seed = derived_seed(config.seed, 0)
            self.of_ids = _convolutions(mean, config, settings.combine, seed)
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        carried = node_rows("ids", self.ids.table)
        for graph in self.graphs:
            names = [graph.name]
            carried += user_rows(f"{graph.name}/preferences", graph.preferences, names)
            carried += shared(f"{graph.name}/projection", graph.projection, names)
            for layer in graph.convolutions:
                carried += shared(f"{graph.name}/{layer.name}", layer, names)
        for layer in self.of_ids:
            carried += shared(f"ids/{layer.name}", layer)
        return carried

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Propagates the graphs; see `Recommender.call`."""
        ids = self.ids(training=training, dropout_seed=dropout_seed)
        if self.graphs:
            nodes = tf.add_n([graph(ids) for graph in self.graphs])
        else:
            nodes = ids
            for convolution in self.of_ids:
                nodes = convolution(nodes, ids)
        users, items = tf.split(nodes, [self.num_users, self.num_items])
        return Representations.of_final(users, items)

    def item_parts(self) -> list[ItemPart]:
        """The items' x^(L) of each modality."""
        if not self.graphs:
            return super().item_parts()
        ids = self.ids(training=False)
        return [ItemPart(graph.name, graph(ids)[self.num_users :]) for graph in self.graphs]


def _convolutions(
    mean: SparseOperator, config: ModelConfig, combine: str, seed: int
) -> list[MultimodalGCN]:
    layers = []
    for index in range(config.num_layers):
        layer = MultimodalGCN(
            mean,
            config.dimension,
            combine,
            seed=derived_seed(seed, _CONVOLUTIONS + index),
            name=f"convolution_{index}",
        )
        layer.build((None, config.dimension))
        layers.append(layer)
    return layers
