"""GraphSAGE (Hamilton et al., NeurIPS 2017) on the user-item graph."""

import dataclasses

import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.bipartite import mean_adjacency
from a2bm2gl_tf.graph.propagation import SparseOperator, resolve_backend
from a2bm2gl_tf.layers.sage_mean import SageMean
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.models.carried_weights import CarriedWeight, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_inputs import NodeInputs
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations

_LAST_ACTIVATIONS = ("linear", "relu")

# Streams of the seed, after those of `NodeInputs`.
_CONVOLUTIONS = 100


@dataclasses.dataclass(frozen=True)
class GraphSAGESettings:
    """What GraphSAGE alone has.

    Attributes:
      last_activation: sigma of the last layer. "relu" is Algorithm 1 to the letter and leaves no
        score below 0; "linear" is what the authors' implementation does.
    """

    last_activation: str = "linear"


class GraphSAGE(Recommender):
    r"""Mean aggregation, concatenation with the node itself, W, sigma and L2 normalisation.

      h^0_v = x_v,    h^k_v = norm(sigma([h^(k-1)_v, mean_{u in N(v)} h^(k-1)_u] W^k)),    z = h^K

    for k = 1 .. K (Algorithm 1, lines 1 to 9, with the mean as the aggregator of line 4). Scores
    are z_u . z_v, in [-1, 1].

    Adapted: users and items are nodes of one graph, whose weights W^k they share, as in the
    homogeneous baseline that the comparison wants. A user's input is a free embedding, an item's
    the sum of a free embedding and its projected modalities: users have no attributes, and without
    free embeddings users of the same items would be one. A node aggregates all its neighbours
    instead of a sample of 25 and 10: the graphs are small enough, and the expectation of the
    sampled mean is the full one. Training pairs are interactions instead of nodes that meet on a
    random walk. The loss is InfoBPR, which like the paper's sets a positive against several
    negatives, but by a softmax in place of a sum of log-sigmoids; a product of unit vectors needs
    its temperature, or no score could come near certainty. Negatives are uniform among the items
    that the user has not met; the authors' implementation draws nodes by degree to the power .75.

    Args:
      dataset: its training interactions make the graph, its modalities the items' features.
      config: `dimension`, `num_layers`, `dropout`, `init_stddev`, `propagation`, `seed` and `own`.

    Raises:
      UserError: for an unknown `last_activation`, or without a layer.
    """

    own_settings = GraphSAGESettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="graphsage", dtype="float32", **kwargs)
        settings = make_own_settings(GraphSAGESettings, config.own)
        if settings.last_activation not in _LAST_ACTIVATIONS:
            raise UserError(
                f"--model_settings=last_activation={settings.last_activation}: choose one of "
                f"{', '.join(_LAST_ACTIVATIONS)}"
            )
        if config.num_layers < 1:
            raise UserError(f"--num_layers={config.num_layers}: GraphSAGE takes 1 or more")
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        backend = resolve_backend(config.propagation, config.jit_compile)
        mean = SparseOperator(mean_adjacency(dataset.train), backend)
        self.inputs_of_nodes = NodeInputs(dataset, config, name="inputs")
        self.convolutions = []
        for k in range(config.num_layers):
            last = k == config.num_layers - 1
            activation = settings.last_activation if last else "relu"
            layer = SageMean(
                mean,
                config.dimension,
                activation,
                seed=derived_seed(config.seed, _CONVOLUTIONS + k),
                name=f"convolution_{k}",
            )
            layer.build((self.num_users + self.num_items, config.dimension))
            self.convolutions.append(layer)
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        carried = self.inputs_of_nodes.carried_weights()
        for layer in self.convolutions:
            carried += shared(layer.name, layer)
        return carried

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Propagates the graph; see `Recommender.call`."""
        nodes = self.inputs_of_nodes(training=training, dropout_seed=dropout_seed)
        for convolution in self.convolutions:
            nodes = convolution(nodes)
        users, items = tf.split(nodes, [self.num_users, self.num_items])
        return Representations.of_final(users, items)
