"""DeepFM (Guo et al., IJCAI 2017): a factorisation machine and a deep network on its embeddings."""

import dataclasses

import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.layers.split_perceptron import SplitPerceptron
from a2bm2gl_tf.models.baselines.factorised_fields import FactorisedFields
from a2bm2gl_tf.models.baselines.pointwise_settings import checked_hidden, checked_num_negatives
from a2bm2gl_tf.models.baselines.product_and_perceptron import ProductAndPerceptron
from a2bm2gl_tf.models.carried_weights import CarriedWeight, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.own_settings import make_own_settings

# The modalities' factors have the streams from 0 on.
_PERCEPTRON_STREAM = 1000


@dataclasses.dataclass(frozen=True)
class DeepFMSettings:
    """What DeepFM alone depends on.

    Attributes:
      hidden: widths of the hidden layers.
      num_negatives: negatives sampled for each positive.
    """

    hidden: tuple[int, ...] = (64, 32)
    num_negatives: int = 4


class DeepFM(ProductAndPerceptron):
    r"""y = y_FM + y_DNN (Guo et al.), the logit of an interaction.

      y_FM = w_0 + sum_i w_i x_i + sum_{i<j} <v_i, v_j> x_i x_j    (with a bias)
      a^(0) = [e_1, ..., e_m],    a^(l+1) = relu(a^(l) W^(l) + b^(l))
      y_DNN = w . a^(H) + b

    Fields are the user, the item and each modality, whose embedding e = sum_f x_f v_f is made of
    the factors v_f of the factorisation machine: both parts learn the same embeddings.

    Adapted: a modality is one field of real values with a factor each, as in
    `FactorisationMachine`, where the paper's fields are mostly categories; two hidden layers
    (64, 32) for the paper's three of 400 unless told otherwise, because every pair of a user and an
    item has to be scored; dropout at the embeddings of user and item, none in the network; clicks
    and impressions are interactions and sampled negatives.

    Args:
      dataset: the numbers of users and items, and the modalities.
      config: `dimension`, `dropout`, `init_stddev` and `seed`.

    Raises:
      UserError: for a setting out of range.
    """

    own_settings = DeepFMSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="deepfm", dtype="float32", **kwargs)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        settings = make_own_settings(DeepFMSettings, config.own)
        self.num_negatives = checked_num_negatives(settings.num_negatives)
        self.fields = FactorisedFields(dataset, config, name="fields")
        self.perceptron = SplitPerceptron(
            config.dimension,
            config.dimension * (1 + len(dataset.modalities)),
            checked_hidden(settings.hidden),
            seed=derived_seed(config.seed, _PERCEPTRON_STREAM),
            name="perceptron",
        )
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        carried = self.fields.carried_weights()
        return carried + shared("perceptron", self.perceptron, self.fields.modality_names)

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Computes the parts of users and of items; see `Recommender.call`."""
        fields = self.fields(training=training, dropout_seed=dropout_seed)
        item_inputs = tf.concat(fields.item_fields, axis=1)
        return self.of_parts(fields.users, fields.items, fields.user_field, item_inputs)
