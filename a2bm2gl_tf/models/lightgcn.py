"""LightGCN (He et al., SIGIR 2020): the collaborative reference on the same graph."""

import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.graph.bipartite import lightgcn_adjacency
from a2bm2gl_tf.graph.propagation import SparseOperator, resolve_backend
from a2bm2gl_tf.layers.collaborative_gcn import CollaborativeGCN
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.recommender import Recommender, Representations


def lightgcn_propagation(dataset: Dataset, config: ModelConfig) -> CollaborativeGCN:
    """LightGCN's layers on a dataset's training graph, for itself and for models built on it.

    Args:
      dataset: its training interactions make the graph.
      config: `num_layers`, `propagation` and `jit_compile`.
    """
    backend = resolve_backend(config.propagation, config.jit_compile)
    operator = SparseOperator(lightgcn_adjacency(dataset.train), backend)
    return CollaborativeGCN(operator, config.num_layers, "mean", name="collaborative")


class LightGCN(Recommender):
    """Mean of E^(0) .. E^(K) under D^-1/2 B D^-1/2, without self-loops, weights or content.

    Adapted: nothing in the model but that E^(0) starts as a Gaussian, where the paper has Xavier's
    initialisation. A batch holds users with all their interactions, each against one sampled item,
    and a step of Adam follows the mean over these users; the published code draws pairs. L2 is on
    all of E^(0) in every step, where that code has the embeddings of the batch's pairs.

    Args:
      dataset: its training interactions make the graph; modalities are not used.
      config: `dimension`, `num_layers`, `dropout`, `init_stddev`, `propagation` and `seed`.
    """

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="lightgcn", dtype="float32", **kwargs)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.node_embeddings = NodeEmbeddings.of_config(self.num_users + self.num_items, config)
        self.collaborative = lightgcn_propagation(dataset, config)
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        return node_rows("node_embeddings", self.node_embeddings.table)

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Propagates the graph; see `Recommender.call`."""
        initial = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        propagated = self.collaborative(initial)
        users, items = tf.split(propagated, [self.num_users, self.num_items])
        return Representations(users, items, users, items, {}, {})
