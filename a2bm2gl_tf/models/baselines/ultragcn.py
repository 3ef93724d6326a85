"""UltraGCN: embeddings whose loss stands for infinitely many layers of propagation."""

import dataclasses

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.co_occurrence import constraint_neighbours
from a2bm2gl_tf.graph.neighbour_lists import weighted_neighbour_lists
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations


@dataclasses.dataclass(frozen=True)
class UltraGCNSettings:
    """UltraGCN's own settings.

    Attributes:
      positive_main: w1, weight of a positive in L_O.
      positive_constraint: w2, weight of a positive's beta (lambda of the paper).
      negative_main: w3, weight of a negative in L_O.
      negative_constraint: w4, weight of a negative's beta (lambda of the paper).
      negative_weight: weight of all negatives of a positive together against that positive.
      item_weight: gamma, weight of L_I.
      item_neighbours: K, neighbours of an item in the item-item graph.
      shared_negatives: items drawn each step as the negatives of all its users; 0 takes all items.
    """

    positive_main: float = 1.0
    positive_constraint: float = 1.0
    negative_main: float = 1.0
    negative_constraint: float = 1.0
    negative_weight: float = 10.0
    item_weight: float = 0.3
    item_neighbours: int = 10
    shared_negatives: int = 0


class UltraGCN(Recommender):
    r"""s_uv = E_u . E_v of free embeddings, trained by L_O + lambda L_C + gamma L_I.

    Mao et al., "UltraGCN: Ultra Simplification of Graph Convolutional Networks for Recommendation",
    CIKM 2021. Nothing is propagated: L_C draws the embeddings to where propagation would converge,
    and L_I does the same on the item-item graph of co-occurrences. The terms are described at
    `losses.model_losses.ultragcn.UltraGCNLoss`.

    Adapted: batches, negatives and L2 as described there. The embeddings start at the deviation
    `init_stddev`, .1 by default, where the published code begins near 0 (at 1e-4). S(i) leaves out
    i itself, to which that code gives a place like any other's unless told otherwise.

    Args:
      dataset: its training interactions give degrees and co-occurrences; modalities are not used.
      config: `dimension`, `dropout`, `init_stddev`, `seed` and the own `UltraGCNSettings`.

    Attributes:
      settings: `UltraGCNSettings`.
      user_factors: sqrt(d_u + 1) / d_u, float32 (U,), 0 without interactions.
      item_factors: 1 / sqrt(d_v + 1), float32 (V,); beta_uv is the product of the two.
      neighbours: int64 (V, K), S(i) of the item-item graph, -1 for padding.
      omega: float32 (V, K), 0 at padding.

    Raises:
      UserError: for fewer than one neighbour or a negative number of shared negatives.
    """

    own_losses = ("ultragcn",)
    own_settings = UltraGCNSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="ultragcn", dtype="float32", **kwargs)
        self.settings = make_own_settings(UltraGCNSettings, config.own)
        _check(self.settings)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.node_embeddings = NodeEmbeddings.of_config(self.num_users + self.num_items, config)
        user_degrees = np.diff(dataset.train.indptr).astype(np.float64)
        item_degrees = np.bincount(dataset.train.indices, minlength=self.num_items)
        of_users = np.where(user_degrees > 0, np.sqrt(user_degrees + 1), 0)
        self.user_factors = tf.constant(of_users / np.maximum(user_degrees, 1), tf.float32)
        self.item_factors = tf.constant(1 / np.sqrt(item_degrees + 1.0), tf.float32)
        item_graph = constraint_neighbours(dataset.train, self.settings.item_neighbours)
        neighbours, omega = weighted_neighbour_lists(item_graph, self.settings.item_neighbours)
        self.neighbours, self.omega = tf.constant(neighbours), tf.constant(omega)
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        return node_rows("node_embeddings", self.node_embeddings.table)

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Splits the table; see `Recommender.call`."""
        table = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        users, items = tf.split(table, [self.num_users, self.num_items])
        return Representations.of_final(users, items)


def _check(settings: UltraGCNSettings) -> None:
    if settings.item_neighbours < 1:
        raise UserError(
            f"--model_settings=item_neighbours={settings.item_neighbours}: give 1 or more"
        )
    if settings.shared_negatives < 0:
        raise UserError(
            f"--model_settings=shared_negatives={settings.shared_negatives}: give 0 for all items, "
            "or the number of items to draw"
        )
