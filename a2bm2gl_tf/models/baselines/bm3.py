"""BM3 (Zhou et al., WWW 2023): bootstrapped representations of users, items and modalities."""

import dataclasses

import keras
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.layers.feature_projection import FeatureProjection
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.lightgcn import lightgcn_propagation
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations

# Streams of the seed; each modality has one.
_PREDICTOR, _PROJECTIONS = 0, 100


@dataclasses.dataclass(frozen=True)
class BM3Settings:
    """BM3's own settings.

    Attributes:
      view_dropout: share of a representation's entries that its target view leaves out.
      modality_weight: weight of the inter- and intra-modality terms; the equation has 1, the
        published code 2.
    """

    view_dropout: float = 0.3
    modality_weight: float = 1.0


class BM3(Recommender):
    r"""LightGCN and projected features that predict views of each other, without negatives.

      h_u = E_u^LightGCN,   h_v = E_v^LightGCN + E_v^(0)       (a residual)
      h_v^m = x_v^m W_m + b_m
      ~h = h W_p + b_p                                         (the online predictor)
      s_uv = ~h_u . ~h_v

    The loss (`losses.model_losses.bm3`) draws ~h towards views of the other side of an interaction,
    of the item and of the modality, from which no gradient flows.

    Adapted: any number of modalities; an item without one takes no part in that modality's terms.
    Raw features are not trained, unlike in the published code. L2 covers all weights, in place of
    h_u and h_v of a batch. Without modalities the graph reconstruction is the whole loss.

    Args:
      dataset: its training interactions and modalities.
      config: `dimension`, `num_layers`, `dropout`, `init_stddev`, `propagation` and `seed`; own
        ones: `BM3Settings`.

    Raises:
      UserError: for a view dropout outside [0, 1).
    """

    own_settings = BM3Settings
    own_losses = ("bm3",)

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="bm3", dtype="float32", **kwargs)
        self.settings = make_own_settings(BM3Settings, config.own)
        if not 0 <= self.settings.view_dropout < 1:
            raise UserError(
                f"--model_settings=view_dropout={self.settings.view_dropout}: give 0 or more, "
                "below 1"
            )
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.node_embeddings = NodeEmbeddings.of_config(self.num_users + self.num_items, config)
        self.collaborative = lightgcn_propagation(dataset, config)
        self.projections = [
            FeatureProjection(
                modality, config.dimension, derived_seed(config.seed, stream), name=modality.name
            )
            for stream, modality in enumerate(dataset.modalities, _PROJECTIONS)
        ]
        self.predictor_kernel = self.add_weight(
            name="predictor_kernel",
            shape=(config.dimension, config.dimension),
            initializer=keras.initializers.GlorotNormal(seed=derived_seed(config.seed, _PREDICTOR)),
        )
        self.predictor_bias = self.add_weight(
            name="predictor_bias", shape=(config.dimension,), initializer="zeros"
        )
        self.built = True

    def predict_views(self, representations: tf.Tensor) -> tf.Tensor:
        """~h = h W_p + b_p, float32 (n, d)."""
        kernel = tf.convert_to_tensor(self.predictor_kernel)
        return tf.matmul(representations, kernel) + tf.convert_to_tensor(self.predictor_bias)

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        carried = node_rows("node_embeddings", self.node_embeddings.table)
        for projection in self.projections:
            carried += shared(projection.name, projection, [projection.name])
        carried += shared("predictor_kernel", self.predictor_kernel)
        return carried + shared("predictor_bias", self.predictor_bias)

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Propagates the graph; see `Recommender.call`.

        `auxiliary` holds h_u and h_v as "online/users" and "online/items",
        and h_v^m as "features/NAME".
        """
        initial = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        sizes = [self.num_users, self.num_items]
        users, items = tf.split(self.collaborative(initial), sizes)
        items = items + tf.split(initial, sizes)[1]
        modalities = {f"features/{part.name}": part() for part in self.projections}
        return Representations.of_final(
            self.predict_views(users),
            self.predict_views(items),
            **{"online/users": users, "online/items": items},
            **modalities,
        )
