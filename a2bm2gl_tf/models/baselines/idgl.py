"""IDGL: the item graph and the embeddings on it, learned in turn."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.bipartite import lightgcn_adjacency
from a2bm2gl_tf.graph.knn import cosine_neighbours, neighbours_to_csr
from a2bm2gl_tf.graph.propagation import SparseOperator, resolve_backend
from a2bm2gl_tf.layers.mixed_graph_gcn import LearnedGraph, MixedGraphGCN, threshold
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.layers.weighted_cosine import WeightedCosine
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations

# Streams of the seed.
_FEATURE_SIMILARITY, _EMBEDDING_SIMILARITY, _PROJECTION = 1, 2, 3


@dataclasses.dataclass(frozen=True)
class IDGLSettings:
    """IDGL's own settings.

    Attributes:
      initial_share: lambda, part of the user-item graph in an item's row of A~.
      embedding_share: eta, part of A^(t) against A^(1) in the learned part.
      iterations: T, graphs learned in turn in a step; 1 learns from the features alone.
      epsilon: similarities up to this are no edge.
      tolerance: delta; the lists of A^(t) stay while new ones would change it by at most this part
        of A^(1), in squared Frobenius norms.
      smoothness: alpha, weight of the Dirichlet energy.
      connectivity: beta, weight of -log of the degrees.
      sparsity: gamma, weight of the squared edge weights.
    """

    initial_share: float = 0.8
    embedding_share: float = 0.5
    iterations: int = 2
    epsilon: float = 0.0
    tolerance: float = 1e-3
    smoothness: float = 0.1
    connectivity: float = 0.01
    sparsity: float = 0.01


class IDGL(Recommender):
    r"""Embeddings on a graph that is learned from features and from the embeddings in turn.

    Chen, Wu and Zaki, "Iterative Deep Graph Learning for Graph Neural Networks", NeurIPS 2020:

      s_ij = mean_p cos(w_p * x_i, w_p * x_j),   A_ij = s_ij if s_ij > epsilon else 0
      A~^(t) = lambda L^(0) + (1 - lambda) (eta f(A^(t)) + (1 - eta) f(A^(1)))
      Z^(t) = GCN(X, A~^(t)),   A^(t) from Z^(t-1) with weights of its own

    with L^(0) = D^-1/2 B D^-1/2 and f dividing rows by their sums, and a loss of the graph; see
    `losses.model_losses.idgl.IDGLLoss`.

    Adapted: nodes are users and items and B is the user-item graph. A^(1) is learned among items
    from their concatenated modalities, each scaled to the same mean square norm, and A^(t) among
    items from Z^(t-1); users, who have no features, keep their row of L^(0). As N x N is out of
    reach, an item has edges to its k most similar items alone. These lists are selected again in
    `refresh`, so that selection iterates over epochs, while the weights along them are computed in
    every step, T times, and have gradients; A^(t), t > 1, share their lists. IDGL's stopping rule
    decides whether new lists are taken. X is a free embedding, for items plus a projection of the
    modalities, so that the graph's Dirichlet energy also trains X, which the paper has given. The
    GCN has no activation or weights between layers and ends in the layers' mean, as in LightGCN,
    because that trains far better on ids. The task's loss is taken at Z^(T) alone.

    Args:
      dataset: interactions and modalities; without these A^(1) is left out.
      config: `dimension`, `num_layers`, `dropout`, `init_stddev`, `knn`, `knn_heads`, `knn_method`,
        `propagation`, `seed` and the own `IDGLSettings`.

    Raises:
      UserError: for a setting out of range.
    """

    own_losses = ("idgl",)
    own_settings = IDGLSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="idgl", dtype="float32", **kwargs)
        self.settings = make_own_settings(IDGLSettings, config.own)
        _check(self.settings)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.modality_names = tuple(modality.name for modality in dataset.modalities)
        self.knn, self.knn_method = config.knn, config.knn_method
        self.node_embeddings = NodeEmbeddings.of_config(self.num_users + self.num_items, config)
        backend = resolve_backend(config.propagation, config.jit_compile)
        self.gcn = MixedGraphGCN(
            SparseOperator(lightgcn_adjacency(dataset.train), backend),
            self.num_users,
            config.num_layers,
            self.settings.initial_share,
        )
        self.features = None
        if dataset.modalities:
            self._build_features(dataset, config)
        self.embedding_similarity = None
        if self.settings.iterations > 1:
            self.embedding_similarity = _similarity(config, _EMBEDDING_SIMILARITY, "embedding")
            self.embedding_similarity.build((self.num_items, config.dimension))
            self.embedding_neighbours = self._lists("embedding_neighbours")
        self.built = True
        self.refresh()

    def _build_features(self, dataset: Dataset, config: ModelConfig) -> None:
        """Keeps the concatenated modalities and makes the variables that depend on them."""
        scaled = [m.features / m.typical_norm for m in dataset.modalities]
        # A plain tensor: a checkpoint need not repeat what the dataset holds.
        self.features = tf.constant(np.concatenate(scaled, axis=1), tf.float32)
        self.present = np.any([modality.present for modality in dataset.modalities], axis=0)
        self.feature_similarity = _similarity(config, _FEATURE_SIMILARITY, "feature")
        self.feature_similarity.build(self.features.shape)
        self.feature_neighbours = self._lists("feature_neighbours")
        self.projection = self.add_weight(
            name="projection",
            shape=(self.features.shape[1], config.dimension),
            initializer=keras.initializers.RandomNormal(
                stddev=config.init_stddev / len(dataset.modalities) ** 0.5,
                seed=derived_seed(config.seed, _PROJECTION),
            ),
        )

    def _lists(self, name: str):
        shape, nobody = (self.num_items, self.knn), keras.initializers.Constant(-1)
        return self.add_weight(shape, nobody, "int64", trainable=False, name=name)

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        carried = node_rows("node_embeddings", self.node_embeddings.table)
        if self.features is not None:
            # Their columns are those of all modalities, one after another.
            names = self.modality_names
            carried += shared("feature_similarity", self.feature_similarity, names)
            carried += shared("projection", self.projection, names)
        return carried + shared("embedding_similarity", self.embedding_similarity)

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Learns the graphs and propagates; see `Recommender.call`.

        Returns:
          `Representations` with the auxiliary "inputs", X of the items, float32 (V, d), and, for
          each learned graph t, "weights_t" and "neighbours_t" (see `LearnedGraph`).
        """
        inputs = self._inputs(training, dropout_seed)
        first = self._first_graphs()
        learned = list(first)
        embeddings = self.gcn(inputs, first)
        for _ in range(1, self.settings.iterations):
            _, items = self.gcn.of_types(embeddings)
            graph = self._embedding_graph(items, self.embedding_neighbours)
            learned.append(graph)
            embeddings = self.gcn(inputs, [*first, graph])
        auxiliary = {"inputs": self.gcn.of_types(inputs)[1]}
        for place, graph in enumerate(learned):
            auxiliary[f"weights_{place}"] = graph.weights
            auxiliary[f"neighbours_{place}"] = graph.neighbours
        users, items = self.gcn.of_types(embeddings)
        return Representations.of_final(users, items, **auxiliary)

    def _inputs(self, training: bool, dropout_seed: tf.Tensor | None) -> tf.Tensor:
        """X: free embeddings, and for items a projection of their features; float32 (N, d)."""
        table = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        if self.features is None:
            return table
        projected = tf.matmul(self.features, tf.convert_to_tensor(self.projection))
        return table + tf.pad(projected, [[self.num_users, 0], [0, 0]])

    def _first_graphs(self) -> list[LearnedGraph]:
        """A^(1), from the features; none without any."""
        if self.features is None:
            return []
        share = 1.0 - self.settings.embedding_share
        return [self._graph(self.feature_similarity, self.features, self.feature_neighbours, share)]

    def _embedding_graph(self, items: tf.Tensor, lists) -> LearnedGraph:
        """A^(t) from Z^(t-1) of the items, along the given lists."""
        share = self.settings.embedding_share
        return self._graph(self.embedding_similarity, items, lists, share)

    def _graph(self, similarity: WeightedCosine, vectors, lists, share: float) -> LearnedGraph:
        lists = tf.convert_to_tensor(lists, tf.int64)
        weights = threshold(similarity(vectors, lists), lists, self.settings.epsilon)
        return LearnedGraph(weights, lists, share)

    def refresh(self, count: int = 0) -> None:
        """Selects the most similar items again, by features and by the embeddings Z^(1)."""
        del count
        if self.features is not None:
            self.feature_neighbours.assign(
                self._nearest(self.feature_similarity, self.features.numpy(), self.present)
            )
        if self.embedding_similarity is None:
            return
        first = self._first_graphs()
        _, items = self.gcn.of_types(self.gcn(self._inputs(False, None), first))
        everything = np.ones(self.num_items, bool)
        lists = self._nearest(self.embedding_similarity, items.numpy(), everything)
        before = _matrix(self._embedding_graph(items, self.embedding_neighbours))
        after = _matrix(self._embedding_graph(items, lists))
        reference = _matrix(first[0]) if first else after
        if _squared_norm(after - before) > self.settings.tolerance * _squared_norm(reference):
            self.embedding_neighbours.assign(lists)

    def _nearest(self, similarity: WeightedCosine, vectors: np.ndarray, present: np.ndarray):
        return cosine_neighbours(
            vectors, similarity.head_weights(), present, self.knn, self.knn_method
        )


def _similarity(config: ModelConfig, stream: int, name: str) -> WeightedCosine:
    seed = derived_seed(config.seed, stream)
    return WeightedCosine(config.knn_heads, seed=seed, name=f"{name}_similarity")


def _matrix(graph: LearnedGraph):
    return neighbours_to_csr(graph.neighbours.numpy(), graph.weights.numpy())


def _squared_norm(matrix) -> float:
    return float(np.square(matrix.data).sum())


def _check(settings: IDGLSettings) -> None:
    for name, value in dataclasses.asdict(settings).items():
        least, most, allowed = 0, np.inf, "0 or more"
        if name.endswith("_share"):
            most, allowed = 1, "a part from 0 to 1"
        elif name == "iterations":
            least, allowed = 1, "1 or more"
        if not least <= value <= most:
            raise UserError(f"--model_settings={name}={value}: give {allowed}")
