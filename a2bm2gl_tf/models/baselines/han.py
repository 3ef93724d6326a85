"""HAN: attention over meta-path neighbours, then over meta-paths."""

import dataclasses

import keras
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.meta_paths import (
    modality_graphs,
    user_video_modality_video_user,
    user_video_user,
    video_user_video,
)
from a2bm2gl_tf.graph.neighbour_lists import strongest_neighbours
from a2bm2gl_tf.layers.modality_projection import ModalityProjection
from a2bm2gl_tf.layers.node_attention import NodeAttention
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.layers.semantic_attention import SemanticAttention
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations

# Streams of the seed; the kernels have two, each modality has one.
_KERNELS, _USERS, _ITEMS, _CONTENT = 0, 2, 3, 100


@dataclasses.dataclass(frozen=True)
class HANSettings:
    """What HAN alone has.

    Attributes:
      heads: heads of the node-level attention; must divide the dimension.
      top: strongest neighbours kept a node and meta-path, the node itself not counted.
      semantic_units: width of the semantic-level attention's layer.
      activation: Keras name of the activation of the node-level attention.
      user_content_paths: gives users U-V-M-V-U beside U-V-U.
    """

    heads: int = 4
    top: int = 20
    semantic_units: int = 64
    activation: str = "elu"
    user_content_paths: bool = True


class HAN(Recommender):
    r"""Heterogeneous graph attention network (Wang et al., WWW 2019).

      h_i = M_type x_i
      z_i^P = concat_heads act(sum_{j in N_i^P} alpha_ij^P h_j)
      E_i = sum_P beta_P z_i^P

    with the attentions of `NodeAttention` and `SemanticAttention`; N_i^P holds i itself. The
    meta-paths are U-V-U and, for each modality M, U-V-M-V-U for users, V-U-V and V-M-V for items.

    Adapted: the paper classifies nodes that have features. Here the nodes have free embeddings, and
    an item's x_v is its embedding and its content side by side; E_u . E_v is the score, trained by
    BPR in place of the cross-entropy of class labels. Users and items, which share no meta-path,
    have attentions of their own. A meta-path's neighbours are the `top` strongest by PathSim, as
    all that share a video or a user would be millions of pairs, and V-M-V's are the nearest in the
    modality. Attention dropout is left out; `dropout` acts on the free embeddings.

    Args:
      dataset: the training interactions and the modalities.
      config: `dimension`, `dropout`, `init_stddev`, `knn`, `seed` and `own`.

    Raises:
      UserError: for settings that do not fit.
    """

    own_settings = HANSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="han", dtype="float32", **kwargs)
        settings = make_own_settings(HANSettings, config.own)
        if settings.top < 1:
            raise UserError(f"--model_settings=top={settings.top}: give 1 neighbour or more")
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.modality_names = tuple(modality.name for modality in dataset.modalities)
        self.node_embeddings = NodeEmbeddings.of_config(self.num_users + self.num_items, config)
        shape = (config.dimension, config.dimension)
        self.user_kernel, self.item_kernel = (
            self.add_weight(
                name=f"{kind}_kernel",
                shape=shape,
                initializer=keras.initializers.GlorotUniform(
                    seed=derived_seed(config.seed, stream)
                ),
            )
            for stream, kind in enumerate(("user", "item"), _KERNELS)
        )
        self.content = [
            ModalityProjection(
                modality,
                config.dimension,
                config.init_stddev,
                derived_seed(config.seed, _CONTENT + place),
            )
            for place, modality in enumerate(dataset.modalities)
        ]
        of_users, of_items = _meta_paths(dataset, config.knn, settings)
        self.users, self.items = (
            _MetaPathViews(graphs, config, settings, derived_seed(config.seed, stream), name=name)
            for graphs, stream, name in (
                (of_users, _USERS, "users"),
                (of_items, _ITEMS, "items"),
            )
        )
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        carried = node_rows("node_embeddings", self.node_embeddings.table)
        carried += shared("user_kernel", self.user_kernel)
        carried += shared("item_kernel", self.item_kernel)
        for name, projection in zip(self.modality_names, self.content, strict=True):
            carried += shared(f"content/{name}", projection, [name])
        # Each modality is a meta-path.
        carried += shared("users", self.users, self.modality_names)
        return carried + shared("items", self.items, self.modality_names)

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Attends along all meta-paths; see `Recommender.call`."""
        table = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        users, items = tf.split(table, [self.num_users, self.num_items])
        users = tf.matmul(users, tf.convert_to_tensor(self.user_kernel))
        items = tf.matmul(items, tf.convert_to_tensor(self.item_kernel))
        items = tf.add_n([items, *(project() for project in self.content)])
        return Representations.of_final(self.users(users), self.items(items))


class _MetaPathViews(keras.layers.Layer):
    """Both levels of attention for the nodes of one type."""

    def __init__(
        self,
        graphs: list[sp.csr_matrix],
        config: ModelConfig,
        settings: HANSettings,
        seed: int,
        **kwargs,
    ):
        super().__init__(dtype="float32", **kwargs)
        width = config.dimension
        self.neighbours = [
            tf.constant(strongest_neighbours(graph, settings.top, with_self=True))
            for graph in graphs
        ]
        self.node_level = [
            NodeAttention(width, settings.heads, settings.activation, derived_seed(seed, 1 + place))
            for place in range(len(graphs))
        ]
        # One view has weight 1 whatever the weights.
        self.semantic_level = None
        if len(graphs) > 1:
            self.semantic_level = SemanticAttention(
                width, settings.semantic_units, derived_seed(seed, 0)
            )
        self.built = True

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """E of the nodes of this type from their h, both float32 (n, d)."""
        views = [
            attend(inputs, lists)
            for attend, lists in zip(self.node_level, self.neighbours, strict=True)
        ]
        return views[0] if self.semantic_level is None else self.semantic_level(views)


def _meta_paths(
    dataset: Dataset, knn: int, settings: HANSettings
) -> tuple[list[sp.csr_matrix], list[sp.csr_matrix]]:
    """The graphs along the users' and the items' meta-paths."""
    train = dataset.train
    by_content = list(modality_graphs(dataset, knn, ranked=True).values())
    of_users = [user_video_user(train, settings.top)]
    if settings.user_content_paths:
        of_users += [
            user_video_modality_video_user(train, graph, settings.top) for graph in by_content
        ]
    return of_users, [video_user_video(train, settings.top), *by_content]
