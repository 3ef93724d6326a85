"""MGDCF: embeddings diffused by a Markov process on the user-item graph."""

import dataclasses

import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.bipartite import normalised_adjacency
from a2bm2gl_tf.graph.propagation import SparseOperator, resolve_backend
from a2bm2gl_tf.layers.markov_diffusion import MarkovDiffusion
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations

# Sets the output's dropout apart from the input's.
_OUTPUT_STREAM = 1


@dataclasses.dataclass(frozen=True)
class MGDCFSettings:
    """MGDCF's own settings.

    Attributes:
      alpha: weight of the first embeddings in each step of the diffusion.
      beta: weight of the neighbours' in each step.
      output_dropout: share of the diffused embeddings' entries dropped in training.
    """

    alpha: float = 0.1
    beta: float = 0.9
    output_dropout: float = 0.0


class MGDCF(Recommender):
    r"""E = dropout(MGDN(dropout(E^(0)))), s_uv = E_u . E_v.

    Hu et al., "MGDCF: Distance Learning via Markov Graph Diffusion for Neural Collaborative
    Filtering", 2022 (arXiv:2204.02338): the homogeneous variant, on the user-item graph with
    self-loops, D^-1/2 (B + I) D^-1/2; see `MarkovDiffusion` for the formula. Its loss is InfoBPR.
    The authors take alpha .1, beta .9, K 4 and 300 negatives on Gowalla, with dropouts of .45
    (input) and .3 (output).

    Adapted: nothing in the model. A batch holds users with all their interactions instead of
    single interactions, and L2 is on all embeddings E^(0) and not on those of the batch after
    diffusion.

    Args:
      dataset: its training interactions make the graph; modalities are not used.
      config: `dimension`, `num_layers` (K), `dropout` (of the input), `init_stddev`, `propagation`,
        `seed` and the own `MGDCFSettings`.

    Raises:
      UserError: for an alpha, beta or dropout out of range.
    """

    own_settings = MGDCFSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="mgdcf", dtype="float32", **kwargs)
        settings = make_own_settings(MGDCFSettings, config.own)
        _check(settings)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.output_dropout = settings.output_dropout
        backend = resolve_backend(config.propagation, config.jit_compile)
        self.node_embeddings = NodeEmbeddings.of_config(self.num_users + self.num_items, config)
        self.diffusion = MarkovDiffusion(
            SparseOperator(normalised_adjacency(dataset.train), backend),
            config.num_layers,
            settings.alpha,
            settings.beta,
            name="diffusion",
        )
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        return node_rows("node_embeddings", self.node_embeddings.table)

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Diffuses over the graph; see `Recommender.call`."""
        initial = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        diffused = self.diffusion(initial)
        if training and self.output_dropout:
            seed = tf.random.experimental.stateless_fold_in(dropout_seed, _OUTPUT_STREAM)
            diffused = tf.nn.experimental.stateless_dropout(
                diffused, rate=self.output_dropout, seed=seed
            )
        users, items = tf.split(diffused, [self.num_users, self.num_items])
        return Representations.of_final(users, items)


def _check(settings: MGDCFSettings) -> None:
    alpha, beta, dropout = settings.alpha, settings.beta, settings.output_dropout
    if alpha < 0 or beta < 0 or alpha + beta == 0:
        raise UserError(
            f"--model_settings=alpha={alpha} beta={beta}: give numbers of 0 or more, not both 0"
        )
    if not 0 <= dropout < 1:
        raise UserError(f"--model_settings=output_dropout={dropout}: give 0 or more, less than 1")
