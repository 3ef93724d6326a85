"""Neural matrix factorisation, NeuMF (He et al., WWW 2017)."""

import dataclasses

import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.layers.split_perceptron import SplitPerceptron
from a2bm2gl_tf.models.baselines.pointwise_settings import checked_hidden, checked_num_negatives
from a2bm2gl_tf.models.baselines.product_and_perceptron import ProductAndPerceptron
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.own_settings import make_own_settings

_TABLE_STREAM, _PERCEPTRON_STREAM = 0, 1


@dataclasses.dataclass(frozen=True)
class NeuralMFSettings:
    """What NeuMF alone depends on.

    Attributes:
      hidden: widths of the perceptron's hidden layers.
      num_negatives: negatives sampled for each positive.
    """

    hidden: tuple[int, ...] = (64, 32)
    num_negatives: int = 4


class NeuralMF(ProductAndPerceptron):
    r"""Generalised matrix factorisation and a perceptron, each with its own embeddings.

      phi_GMF = p_u^G * q_v^G,    phi_MLP = z_L of relu layers on [p_u^M, q_v^M]
      logit = h . [phi_GMF, phi_MLP]

    With h = [h_G, h_M] the first part is the product of p_u^G * h_G and q_v^G.

    Adapted: not pre-trained, the paper's variant that starts at random, but with h_G at 1, where
    GMF is matrix factorisation; the output has a bias; perceptron embeddings of width d and hidden
    layers (64, 32) unless told otherwise. Content is not used, as in the paper.

    Args:
      dataset: the numbers of users and items; modalities are not used.
      config: `dimension`, `dropout` (of all embeddings), `init_stddev` and `seed`.

    Raises:
      UserError: for a setting out of range.
    """

    own_settings = NeuralMFSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="neumf", dtype="float32", **kwargs)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        settings = make_own_settings(NeuralMFSettings, config.own)
        self.num_negatives = checked_num_negatives(settings.num_negatives)
        num_nodes = self.num_users + self.num_items
        self.factors = NodeEmbeddings.of_config(num_nodes, config)
        self.inputs_of_perceptron = NodeEmbeddings(
            num_nodes,
            config.dimension,
            config.init_stddev,
            config.dropout,
            seed=derived_seed(config.seed, _TABLE_STREAM),
            name="perceptron_embeddings",
        )
        self.factor_weights = self.add_weight(
            name="factor_weights", shape=(config.dimension,), initializer="ones", dtype="float32"
        )
        self.perceptron = SplitPerceptron(
            config.dimension,
            config.dimension,
            checked_hidden(settings.hidden),
            seed=derived_seed(config.seed, _PERCEPTRON_STREAM),
            name="perceptron",
        )
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        return [
            *node_rows("factors", self.factors.table),
            *node_rows("perceptron_embeddings", self.inputs_of_perceptron.table),
            *shared("factor_weights", self.factor_weights),
            *shared("perceptron", self.perceptron),
        ]

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Computes the parts of users and of items; see `Recommender.call`."""
        other_seed = dropout_seed
        if dropout_seed is not None:
            other_seed = tf.random.experimental.stateless_fold_in(dropout_seed, 1)
        factors = self.factors(training=training, dropout_seed=dropout_seed)
        inputs = self.inputs_of_perceptron(training=training, dropout_seed=other_seed)
        sizes = [self.num_users, self.num_items]
        users, items = tf.split(factors, sizes)
        users = users * tf.convert_to_tensor(self.factor_weights)
        return self.of_parts(users, items, *tf.split(inputs, sizes))
