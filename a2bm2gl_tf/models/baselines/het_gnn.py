"""HetGNN: typed neighbours by random walks, encoded contents, attention over types."""

import dataclasses
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.meta_paths import modality_graphs
from a2bm2gl_tf.graph.neighbour_lists import neighbour_lists
from a2bm2gl_tf.graph.restart_walks import walked_neighbours
from a2bm2gl_tf.layers.bi_lstm_mean import BiLSTMMean
from a2bm2gl_tf.layers.modality_projection import ModalityProjection
from a2bm2gl_tf.layers.neighbour_ops import neighbour_sum
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.layers.type_attention import TypeAttention
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations

AGGREGATORS = ("mean", "lstm")

# First streams of the seed.
_ENCODERS, _AGGREGATORS, _TYPES, _CONTENT = 20, 30, 40, 100


@dataclasses.dataclass(frozen=True)
class HetGNNSettings:
    """What HetGNN alone has.

    Attributes:
      walk_length: steps of the random walk from each node; with 100, nearly all neighbours of the
        node's own type would be met once, and so be chosen by chance.
      restart: probability that a step goes back to the walk's start.
      top: neighbours kept a node and type.
      aggregator: of neighbours of one type: "lstm" as published, or "mean" with a matrix a type,
        whose step took a sixth of the processor time on 9,308 users and 6,710 items.
    """

    walk_length: int = 400
    restart: float = 0.5
    top: int = 10
    aggregator: str = "mean"


class HetGNN(Recommender):
    r"""Heterogeneous graph neural network (Zhang et al., KDD 2019).

      f_1(v) = mean over the contents x_i of v of BiLSTM(FC(x_i))
      f_2^t(v) = mean over N_t(v) of BiLSTM(f_1(v'))
      E_v = sum_i alpha_vi f_i over {f_1(v), f_2^t(v)}

    N_t(v) holds the nodes of type t that a random walk with restart from v visits most; layers are
    `BiLSTMMean` and `TypeAttention`.

    Adapted: an item's contents are its free embedding and its projected modalities, a user's is the
    free embedding. Beside users and items, the items nearest in content are a third group of an
    item, those first that are near in more modalities, then the nearest. Training is by BPR on
    E_u . E_v, in place of the skip-gram likelihood of walk contexts, so that the objective is the
    other baselines'. The neighbours are an unordered set, over which a Bi-LSTM of `top` steps is
    slow: by default f_2^t(v) = W_t mean f_1(v'); "lstm" has the published form.

    Args:
      dataset: the training interactions and the modalities.
      config: `dimension`, `dropout`, `init_stddev`, `knn`, `seed` and `own`.

    Raises:
      UserError: for settings that do not fit.
    """

    own_settings = HetGNNSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="hetgnn", dtype="float32", **kwargs)
        settings = _checked(make_own_settings(HetGNNSettings, config.own))
        width = config.dimension
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.modality_names = tuple(modality.name for modality in dataset.modalities)
        self.node_embeddings = NodeEmbeddings.of_config(self.num_users + self.num_items, config)
        self.content = [
            ModalityProjection(
                modality, width, config.init_stddev, derived_seed(config.seed, _CONTENT + place)
            )
            for place, modality in enumerate(dataset.modalities)
        ]
        present = [np.ones(self.num_items, bool), *(m.present for m in dataset.modalities)]
        self.content_present = tf.constant(np.stack(present, axis=1))
        self.user_contents, self.item_contents = (
            BiLSTMMean(width, seed=derived_seed(config.seed, _ENCODERS + place), name=name)
            for place, name in enumerate(("user_contents", "item_contents"))
        )
        self.user_groups, self.item_groups = _groups(dataset, config, settings)
        types = ("users", "items", "content")[: len(self.item_groups)]
        aggregator = {"mean": _MeanAggregator, "lstm": _LSTMAggregator}[settings.aggregator]
        # One a type of neighbour, whatever the type of the node that they are neighbours of.
        self.aggregators = [
            aggregator(
                width, seed=derived_seed(config.seed, _AGGREGATORS + place), name=f"of_{kind}"
            )
            for place, kind in enumerate(types)
        ]
        self.user_types, self.item_types = (
            TypeAttention(width, seed=derived_seed(config.seed, _TYPES + place), name=name)
            for place, name in enumerate(("user_types", "item_types"))
        )
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        carried = node_rows("node_embeddings", self.node_embeddings.table)
        for name, projection in zip(self.modality_names, self.content, strict=True):
            carried += shared(f"content/{name}", projection, [name])
        layers = (
            self.user_contents,
            self.item_contents,
            *self.aggregators,
            self.user_types,
            self.item_types,
        )
        for layer in layers:
            carried += shared(layer.name, layer)
        return carried

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Encodes contents, then neighbours; see `Recommender.call`."""
        table = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        users, items = tf.split(table, [self.num_users, self.num_items])
        users = self.user_contents(users[:, None], tf.ones([self.num_users, 1], tf.bool))
        items = self.item_contents(
            tf.stack([items, *(project() for project in self.content)], axis=1),
            self.content_present,
        )
        return Representations.of_final(
            self._mixed(users, (users, items), self.user_groups, self.user_types),
            self._mixed(items, (users, items, items), self.item_groups, self.item_types),
        )

    def _mixed(
        self,
        own: tf.Tensor,
        sources: Sequence[tf.Tensor],
        groups: Sequence[tf.Tensor],
        attention: TypeAttention,
    ) -> tf.Tensor:
        aggregated = [
            aggregate(source, lists)
            for aggregate, source, lists in zip(self.aggregators, sources, groups, strict=False)
        ]
        return attention(own, aggregated, [lists[:, 0] >= 0 for lists in groups])


class _MeanAggregator(keras.layers.Layer):
    """W mean f_1(v') over the listed neighbours."""

    def __init__(self, width: int, seed: int, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.kernel = self.add_weight(
            name="kernel",
            shape=(width, width),
            initializer=keras.initializers.GlorotUniform(seed=seed),
        )
        self.built = True

    def call(self, encoded: tf.Tensor, lists: tf.Tensor) -> tf.Tensor:
        listed = tf.cast(lists >= 0, tf.float32)
        weights = tf.math.divide_no_nan(listed, tf.reduce_sum(listed, axis=1, keepdims=True))
        return tf.matmul(neighbour_sum(weights, encoded, lists), tf.convert_to_tensor(self.kernel))


class _LSTMAggregator(keras.layers.Layer):
    """Mean of a Bi-LSTM over the listed neighbours, the most visited first."""

    def __init__(self, width: int, seed: int, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.lstm = BiLSTMMean(width, seed=seed, name="lstm")
        self.built = True

    def call(self, encoded: tf.Tensor, lists: tf.Tensor) -> tf.Tensor:
        return self.lstm(tf.gather(encoded, tf.maximum(lists, 0)), lists >= 0)


def _groups(
    dataset: Dataset, config: ModelConfig, settings: HetGNNSettings
) -> tuple[list[tf.Tensor], list[tf.Tensor]]:
    """Neighbour lists of users (users, items) and of items (users, items, alike in content)."""
    walked = walked_neighbours(
        dataset.train, settings.walk_length, settings.restart, settings.top, config.seed
    )
    of_items = [walked.users_of_items, walked.items_of_items]
    graphs = list(modality_graphs(dataset, config.knn, ranked=True).values())
    if graphs:
        of_items.append(neighbour_lists(sum(graphs[1:], graphs[0]).tocsr(), settings.top))
    of_users = [walked.users_of_users, walked.items_of_users]
    return [tf.constant(x) for x in of_users], [tf.constant(x) for x in of_items]


def _checked(settings: HetGNNSettings) -> HetGNNSettings:
    if settings.aggregator not in AGGREGATORS:
        raise UserError(
            f"--model_settings=aggregator={settings.aggregator}: known are {', '.join(AGGREGATORS)}"
        )
    for name in ("walk_length", "top"):
        if getattr(settings, name) < 1:
            raise UserError(f"--model_settings={name}={getattr(settings, name)}: give 1 or more")
    if not 0.0 <= settings.restart < 1.0:
        raise UserError(f"--model_settings=restart={settings.restart}: give 0 or more, below 1")
    return settings
