"""PinSAGE (Ying et al., KDD 2018) on the user-item graph."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.bipartite import bipartite_adjacency
from a2bm2gl_tf.graph.knn import neighbours_to_csr
from a2bm2gl_tf.graph.propagation import SparseOperator, resolve_backend
from a2bm2gl_tf.graph.random_walks import most_visited
from a2bm2gl_tf.layers.importance_pooling import ImportancePooling
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.models.carried_weights import CarriedWeight, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_inputs import NodeInputs
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations

# Streams of the seed, after those of `NodeInputs`.
_CONVOLUTIONS, _DENSE, _WALKS, _HARD_WALKS = 100, 200, 300, 301


@dataclasses.dataclass(frozen=True)
class PinSAGESettings:
    """What PinSAGE alone has.

    Attributes:
      neighbours: T, most visited nodes that a node aggregates.
      walk_hops: hops of the walks from each node.
      hard_walk_hops: hops of the walks from each user that hard negatives are ranked by; so many
        that ranks up to `hard_last` differ in visits.
      restart: probability of going back to the start before a hop.
      margin: Delta of the max-margin loss.
      negatives: uniform negatives an interaction.
      hard_negatives: hard negatives an interaction at the end of the curriculum.
      hard_first: rank, by visits from the user, at which the items for hard negatives begin; those
        above are left out, because many of them the user would like.
      hard_last: rank at which they end.
    """

    neighbours: int = 20
    walk_hops: int = 1000
    hard_walk_hops: int = 20_000
    restart: float = 0.3
    margin: float = 0.5
    negatives: int = 8
    hard_negatives: int = 2
    hard_first: int = 50
    hard_last: int = 200


class PinSAGE(Recommender):
    r"""Convolutions over the nodes that short random walks visit most.

      n_v = sum_{u in N(v)} alpha_vu ReLU(Q h_u + q)
      h'_v = ReLU(W [h_v, n_v] + w) / |.|_2                      (Algorithm 1, K times)
      z_v = G_2 ReLU(G_1 h^K_v + g)                              (the end of Algorithm 2)

    N(v) is the T nodes with most visits by walks with restart from v, and alpha the visits, L1
    normalised. Trained by max-margin with hard negatives (`losses.model_losses.max_margin`); the
    scores are z_u . z_v.

    Adapted: the original embeds items alone, relates items that a user took together, and shows a
    user what is near to recent ones. Here users are nodes as well, and interactions are the pairs
    that are trained: the ranking of all items for a user is what is compared. Walks go over the
    same user-item graph as the original's over pins and boards, but visits of both kinds count, so
    that a user aggregates items and users, and an item likewise; weights are shared. A user's input
    is a free embedding, an item's the sum of one and its projected modalities, for want of
    attributes. Whole neighbourhoods instead of mini-batch graphs: T bounds them already.

    Every interaction has `negatives` items of its own, uniform among those that the user has not
    met, in every step (the original: 500 items, shared by the pairs of a mini-batch). Hard
    negatives of a user are items that the walks from it visit, ranked from `hard_first` to
    `hard_last` by visits on longer walks, its own left out (the original: ranks 2000 to 5000 of
    personalised PageRank from the query item). The curriculum's n-th stage has n - 1 of them an
    interaction, up to `hard_negatives`; a stage lasts `refresh_every` epochs, where the original
    has one.

    Args:
      dataset: its training interactions make the graph, its modalities the items' features.
      config: `dimension`, `num_layers`, `dropout`, `init_stddev`, `propagation`, `seed` and `own`.

    Raises:
      UserError: for own settings out of range.
    """

    own_losses = ("max_margin",)
    own_settings = PinSAGESettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="pinsage", dtype="float32", **kwargs)
        self.settings = settings = make_own_settings(PinSAGESettings, config.own)
        _check(settings)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        num_nodes = self.num_users + self.num_items
        graph = bipartite_adjacency(dataset.train)
        visited = most_visited(
            graph,
            np.arange(num_nodes),
            settings.neighbours,
            settings.walk_hops,
            settings.restart,
            derived_seed(config.seed, _WALKS),
        )
        importance = SparseOperator(
            neighbours_to_csr(visited.nodes, visited.normalised()),
            resolve_backend(config.propagation, config.jit_compile),
        )
        related = most_visited(
            graph,
            np.arange(self.num_users),
            settings.hard_last,
            settings.hard_walk_hops,
            settings.restart,
            derived_seed(config.seed, _HARD_WALKS),
            counted=(self.num_users, num_nodes),
            skip_adjacent=True,
        ).nodes[:, settings.hard_first - 1 :]
        # int64, because int32 tensors live on the host even where there is a GPU.
        self.hard_items = tf.constant(
            np.where(related >= 0, related - self.num_users, -1), tf.int64
        )
        self.num_hard_items = tf.constant((related >= 0).sum(axis=1), tf.float32)
        self.hard_negatives_now = self.add_weight(
            name="hard_negatives_now", shape=(), initializer="zeros", trainable=False
        )
        self.inputs_of_nodes = NodeInputs(dataset, config, name="inputs")
        self._make_layers(importance, num_nodes, config)
        self.built = True

    def _make_layers(self, importance: SparseOperator, num_nodes: int, config: ModelConfig) -> None:
        shape = (num_nodes, config.dimension)
        self.convolutions = [
            ImportancePooling(
                importance,
                config.dimension,
                seed=derived_seed(config.seed, _CONVOLUTIONS + k),
                name=f"convolution_{k}",
            )
            for k in range(config.num_layers)
        ]
        self.dense = [
            keras.layers.Dense(
                config.dimension,
                activation,
                use_bias=activation == "relu",
                kernel_initializer=keras.initializers.GlorotUniform(
                    seed=derived_seed(config.seed, _DENSE + place)
                ),
                dtype="float32",
                name=f"dense_{place}",
            )
            for place, activation in enumerate(("relu", "linear"))
        ]
        for layer in (*self.convolutions, *self.dense):
            layer.build(shape)

    def refresh(self, count: int = 0) -> None:
        """Begins the curriculum's next stage: `count` hard negatives, up to the setting."""
        self.hard_negatives_now.assign(float(min(count, self.settings.hard_negatives)))

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        carried = self.inputs_of_nodes.carried_weights()
        for layer in (*self.convolutions, *self.dense):
            carried += shared(layer.name, layer)
        return carried

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Propagates the graph; see `Recommender.call`."""
        nodes = self.inputs_of_nodes(training=training, dropout_seed=dropout_seed)
        for layer in (*self.convolutions, *self.dense):
            nodes = layer(nodes)
        users, items = tf.split(nodes, [self.num_users, self.num_items])
        return Representations.of_final(users, items)


def _check(settings: PinSAGESettings) -> None:
    for name in ("neighbours", "walk_hops", "hard_walk_hops", "negatives", "hard_first"):
        if getattr(settings, name) < 1:
            raise UserError(
                f"--model_settings={name}={getattr(settings, name)}: give an integer of 1 or more"
            )
    if settings.hard_negatives < 0:
        raise UserError(
            f"--model_settings=hard_negatives={settings.hard_negatives}: give 0 or more"
        )
    if not 0 <= settings.restart < 1:
        raise UserError(f"--model_settings=restart={settings.restart}: give a probability below 1")
    if settings.hard_last < settings.hard_first:
        raise UserError(
            f"--model_settings=hard_last={settings.hard_last}: it must not come before "
            f"hard_first={settings.hard_first}"
        )
