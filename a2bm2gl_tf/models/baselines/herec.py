"""HERec: skip-gram embeddings of meta-path walks, fused into matrix factorisation."""

import dataclasses
import functools

import keras
import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.meta_path_walks import meta_path_walks
from a2bm2gl_tf.graph.meta_paths import modality_graphs
from a2bm2gl_tf.graph.skip_gram import skip_gram_embeddings
from a2bm2gl_tf.layers.meta_path_fusion import MetaPathFusion
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations

# Streams of the seed.
_WALK_STREAM, _GAMMA, _USER_MAPS, _ITEM_MAPS = 1, 2, 3, 4


@dataclasses.dataclass(frozen=True)
class HERecSettings:
    """What HERec alone has.

    Attributes:
      walk_dimension: d, width of the embeddings along a meta-path.
      walks: walks that start at each node, along each meta-path.
      walk_length: nodes of the start's type on a walk.
      window: largest distance on a walk between a node and its context.
      walk_negatives: sampled contexts for each true one.
      walk_epochs: passes over the walks.
      user_weight: alpha, the weight of the users' fused embeddings.
      item_weight: beta, the weight of the items' fused embeddings.
    """

    walk_dimension: int = 64
    walks: int = 10
    walk_length: int = 20
    window: int = 3
    walk_negatives: int = 5
    walk_epochs: int = 2
    user_weight: float = 1.0
    item_weight: float = 1.0


class HERec(Recommender):
    r"""HERec (Shi et al., TKDE 2018).

      s_uv = x_u . y_v + alpha e_u . gamma_v + beta gamma_u . e_v

    x, y and gamma are free; e fuses what skip-gram finds on random walks along each meta-path (see
    `meta_path_walks`, `MetaPathFusion`) and is learned on top of those fixed embeddings. It is the
    product of E_u = [x_u, alpha e_u, beta gamma_u] and E_v = [y_v, gamma_v, e_v].

    Adapted: the meta-paths of this network are U-V-U and, through each modality M, U-V-M-V-U for
    users; V-U-V and V-M-V for videos, where V-M-V joins nearest neighbours in content, which has no
    nodes of its own. Walks through M pass only videos that have M. The paper's squared error of
    ratings is replaced by the configured ranking loss (BPR), since there are none; its weight decay
    is the setting l2. The skip-gram embeddings are standardised, column by column, before they are
    fused: on short walks they stay close to each other, and the sigmoids would hide the rest. A
    node's preferences for its P paths start at 1/P each, and l2 draws them there instead of to 0;
    x, y and gamma start at the deviation `init_stddev`.

    Args:
      dataset: its training interactions and modalities.
      config: `dimension`, `dropout`, `init_stddev`, `knn`, `seed` and `own`, the values of
        `HERecSettings`.

    Raises:
      UserError: for settings out of range.
    """

    own_settings = HERecSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="herec", dtype="float32", **kwargs)
        self._settings = settings = make_own_settings(HERecSettings, config.own)
        _check(settings)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self._seed = config.seed
        # Looked for where it is needed: a saved model has its embeddings already.
        self._paths = functools.partial(_meta_paths, dataset, config.knn)
        num_paths = 1 + len(dataset.modalities)
        num_nodes = self.num_users + self.num_items
        self.node_embeddings = NodeEmbeddings.of_config(num_nodes, config)
        # gamma, of a stream of its own: equal initial values would tie it to x and y.
        self.fusion_embeddings = NodeEmbeddings(
            num_nodes,
            config.dimension,
            config.init_stddev,
            config.dropout,
            seed=derived_seed(config.seed, _GAMMA),
            name="fusion_embeddings",
        )
        self.path_embeddings, self.fusions = {}, {}
        for kind, size, stream in (
            ("users", self.num_users, _USER_MAPS),
            ("items", self.num_items, _ITEM_MAPS),
        ):
            self.path_embeddings[kind] = self.add_weight(
                name=f"path_embeddings_of_{kind}",
                shape=(num_paths, size, settings.walk_dimension),
                initializer=keras.initializers.Zeros(),
                trainable=False,
                dtype="float32",
            )
            self.fusions[kind] = MetaPathFusion(
                size,
                num_paths,
                settings.walk_dimension,
                config.dimension,
                seed=derived_seed(config.seed, stream),
                name=f"fusion_of_{kind}",
            )
        self.built = True

    def solve(self) -> None:
        """Walks along every meta-path and embeds the walks; see `Recommender.solve`."""
        settings = self._settings
        stream = 0
        for kind, paths in self._paths().items():
            found = []
            for relations in paths:
                generator = np.random.default_rng([self._seed, _WALK_STREAM, stream])
                walks = meta_path_walks(relations, settings.walks, settings.walk_length, generator)
                found.append(
                    skip_gram_embeddings(
                        walks,
                        relations[0].shape[0],
                        settings.walk_dimension,
                        settings.window,
                        settings.walk_negatives,
                        settings.walk_epochs,
                        int(generator.integers(1 << 31)),
                    )
                )
                stream += 1
            self.path_embeddings[kind].assign(np.stack([_standardised(part) for part in found]))

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Fuses and concatenates; see `Recommender.call`."""
        sizes = [self.num_users, self.num_items]
        x_and_y = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        if dropout_seed is not None:
            dropout_seed = tf.random.experimental.stateless_fold_in(dropout_seed, 1)
        gamma = self.fusion_embeddings(training=training, dropout_seed=dropout_seed)
        (x, y), (gamma_users, gamma_items) = tf.split(x_and_y, sizes), tf.split(gamma, sizes)
        fused_users, fused_items = (
            self.fusions[kind](tf.convert_to_tensor(self.path_embeddings[kind]))
            for kind in ("users", "items")
        )
        alpha, beta = self._settings.user_weight, self._settings.item_weight
        return Representations.of_final(
            tf.concat([x, alpha * fused_users, beta * gamma_users], axis=1),
            tf.concat([y, gamma_items, fused_items], axis=1),
        )


def _meta_paths(dataset: Dataset, k: int) -> dict[str, list[list[sp.csr_matrix]]]:
    """The relations of every meta-path that starts at users, and at items."""
    train, back = dataset.train, dataset.train.T.tocsr()
    users, items = [[train, back]], [[back, train]]
    for graph in modality_graphs(dataset, k).values():
        linked = sp.diags((np.diff(graph.indptr) > 0).astype(np.float32))
        into = (train @ linked).tocsr()
        into.eliminate_zeros()
        users.append([into, graph, back])
        items.append([graph])
    return {"users": users, "items": items}


def _standardised(embeddings: np.ndarray) -> np.ndarray:
    """Mean 0 and variance 1 of every column over the nodes that have an embedding."""
    embedded = embeddings.any(axis=1)
    if not embedded.any():
        return embeddings
    known = embeddings[embedded]
    deviations = known.std(axis=0)
    scaled = np.zeros_like(embeddings)
    scaled[embedded] = (known - known.mean(axis=0)) / np.where(deviations > 0, deviations, 1.0)
    return scaled


def _check(settings: HERecSettings) -> None:
    least = {"walk_length": 2}
    for name in (
        "walk_dimension",
        "walks",
        "walk_length",
        "window",
        "walk_negatives",
        "walk_epochs",
    ):
        value, lowest = getattr(settings, name), least.get(name, 1)
        if value < lowest:
            raise UserError(f"--model_settings={name}={value}: give {lowest} or more")
