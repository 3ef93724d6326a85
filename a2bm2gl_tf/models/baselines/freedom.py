"""FREEDOM (Zhou and Shen, MM 2023): a frozen item graph and a pruned user-item graph."""

import dataclasses

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.bipartite import lightgcn_adjacency
from a2bm2gl_tf.graph.edge_pruning import edge_keep_weights, sample_edges
from a2bm2gl_tf.graph.item_graph import normalised_item_graph
from a2bm2gl_tf.graph.propagation import SparseOperator, resolve_backend
from a2bm2gl_tf.layers.feature_projection import FeatureProjection
from a2bm2gl_tf.layers.resampled_operator import ResampledOperator
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.explanation import ItemPart, with_remainder
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations

# Streams of the seed, so that the kept edges are independent of all else that it decides; each
# modality has one.
_PRUNING_STREAM, _PROJECTIONS = 31, 100


@dataclasses.dataclass(frozen=True)
class FreedomSettings:
    """FREEDOM's own settings.

    Attributes:
      modality_shares: alpha, the shares of the modalities' graphs in the dataset's order, scaled to
        a sum of 1; the last one stands for all further modalities. The paper gives its visual one
        0.1 and its textual one 0.9.
      item_layers: layers of convolution over the item graph.
      pruned: rho, the share of interactions that training propagates without.
      feature_weight: lambda, the weight of the loss of the projected features.
    """

    modality_shares: tuple[float, ...] = (1.0,)
    item_layers: int = 1
    pruned: float = 0.8
    feature_weight: float = 1e-3


class Freedom(Recommender):
    r"""LightGCN over a pruned graph, plus the items' embeddings smoothed by a frozen item graph.

      S = sum_m alpha_m D_m^-1/2 S_m D_m^-1/2,  S_m 1 at each item's k most similar
      h^(l) = S h^(l-1),   h^(0) = the items' free embeddings
      E_v = E_v^LightGCN + h_v^(L),   E_u = E_u^LightGCN

    In training, LightGCN propagates over (1 - rho) of the interactions, drawn without replacement
    with probability in proportion to 1 / (sqrt(d_u) sqrt(d_v)) and normalised by the degrees that
    are left; `refresh`, every epoch by default, draws again. Inference propagates over all of them.
    The loss is BPR plus lambda times that of E_u . (x_v W_m + b_m) for every modality
    (`losses.model_losses.freedom`).

    Adapted: any number of modalities, by default in equal shares; an item without one has no edges
    in its graph and 0 as its projection. Raw features are not trained, unlike in the published
    code. L2 covers all weights. Without modalities it is LightGCN trained on pruned graphs.

    Args:
      dataset: its training interactions and modalities.
      config: `dimension`, `num_layers`, `dropout`, `init_stddev`, `knn` (the item itself counts as
        one of the k), `knn_method`, `propagation`, `seed`; own ones: `FreedomSettings`.

    Raises:
      UserError: for a share of pruned edges outside [0, 1), or shares that are not positive.
    """

    own_settings = FreedomSettings
    own_losses = ("freedom",)

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="freedom", dtype="float32", **kwargs)
        self.settings = settings = make_own_settings(FreedomSettings, config.own)
        if not 0 <= settings.pruned < 1:
            raise UserError(f"--model_settings=pruned={settings.pruned}: give 0 or more, below 1")
        if min(settings.modality_shares, default=0) <= 0:
            raise UserError("--model_settings=modality_shares=...: give positive numbers")
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        backend = resolve_backend(config.propagation, config.jit_compile)
        num_nodes = self.num_users + self.num_items
        self.node_embeddings = NodeEmbeddings.of_config(num_nodes, config)
        self.num_layers = config.num_layers
        self.full = SparseOperator(lightgcn_adjacency(dataset.train), backend)
        self.item_operator = None
        self._item_graphs = frozen_item_graphs(dataset, config, settings.modality_shares)
        if self._item_graphs:
            self.item_operator = SparseOperator(sum(self._item_graphs.values()), backend)
        self.projections = [
            FeatureProjection(
                modality, config.dimension, derived_seed(config.seed, stream), name=modality.name
            )
            for stream, modality in enumerate(dataset.modalities, _PROJECTIONS)
        ]
        self._train, self._seed = dataset.train, config.seed
        self.num_kept = round(dataset.train.nnz * (1 - settings.pruned))
        self.pruned = ResampledOperator(
            (num_nodes, num_nodes), 2 * self.num_kept, backend, name="pruned"
        )
        self.built = True
        self.refresh()

    def refresh(self, count: int = 0) -> None:
        """Draws the interactions that training propagates over, a function of (seed, count)."""
        rng = np.random.default_rng([self._seed, _PRUNING_STREAM, count])
        kept = sample_edges(self._train, edge_keep_weights(self._train), self.num_kept, rng)
        self.pruned.assign(lightgcn_adjacency(kept))

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        carried = node_rows("node_embeddings", self.node_embeddings.table)
        for projection in self.projections:
            carried += shared(projection.name, projection, [projection.name])
        return carried

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Propagates both graphs; see `Recommender.call`.

        `auxiliary` holds the projected features as "features/NAME".
        """
        initial = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        sizes = [self.num_users, self.num_items]
        propagate = self.pruned.product() if training else self.full
        current = total = initial
        for _ in range(self.num_layers):
            current = propagate(current)
            total += current
        users, items = tf.split(total / (self.num_layers + 1), sizes)
        if self.item_operator is not None:
            smoothed = tf.split(initial, sizes)[1]
            for _ in range(self.settings.item_layers):
                smoothed = self.item_operator(smoothed)
            items = items + smoothed
        projected = {f"features/{part.name}": part() for part in self.projections}
        return Representations.of_final(users, items, **projected)

    def item_parts(self) -> list[ItemPart]:
        """LightGCN's E_v, and h_v^(L) by the modality of the last layer's graph."""
        _, items = self.embeddings()
        layers, parts = self.settings.item_layers, []
        if self.item_operator is not None and layers:
            smoothed = self.node_embeddings(training=False)[self.num_users :]
            for _ in range(layers - 1):
                smoothed = self.item_operator(smoothed)
            smoothed = smoothed.numpy()
            parts = [
                ItemPart(name, tf.constant(graph @ smoothed))
                for name, graph in self._item_graphs.items()
            ]
        return with_remainder("collaborative", items, parts)


def frozen_item_graphs(
    dataset: Dataset, config: ModelConfig, shares: tuple[float, ...]
) -> dict[str, sp.csr_matrix]:
    """The modalities' addends of S of `Freedom`, float32 CSR (V, V).

    See `FreedomSettings` for the shares.
    """
    count = len(dataset.modalities)
    scaled = np.array((shares + (shares[-1],) * count)[:count], np.float32)
    return {
        m.name: share
        * normalised_item_graph(m.features, m.present, config.knn, False, config.knn_method)
        for share, m in zip(scaled / scaled.sum(), dataset.modalities, strict=True)
    }
