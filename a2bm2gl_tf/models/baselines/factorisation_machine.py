"""The factorisation machine on user, item and content (Rendle, ICDM 2010)."""

import dataclasses

import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.models.baselines.factorised_fields import FactorisedFields
from a2bm2gl_tf.models.baselines.pointwise_settings import checked_num_negatives
from a2bm2gl_tf.models.carried_weights import CarriedWeight
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations


@dataclasses.dataclass(frozen=True)
class FactorisationMachineSettings:
    """What the factorisation machine alone depends on.

    Attributes:
      num_negatives: negatives sampled for each positive.
    """

    num_negatives: int = 4


class FactorisationMachine(Recommender):
    r"""All linear and pairwise terms of one-hot user, one-hot item and the item's content.

      y(u, v) = w_0 + sum_i w_i x_i + sum_{i<j} <v_i, v_j> x_i x_j

    It comes to a product of embeddings of width d + 2; see `FactorisedFields`.

    Adapted: every component of every modality is a real-valued feature of the item, as it is given
    but for one factor a modality that brings rows to norm 1; there are no other attributes. The
    task is binary classification, interacted or not, by logistic loss with sampled negatives,
    learned by Adam for the paper's stochastic gradient descent, and regularised by one lambda for
    all parameters.

    Args:
      dataset: the numbers of users and items, and the modalities.
      config: `dimension`, `dropout`, `init_stddev` and `seed`.

    Raises:
      UserError: for a setting out of range.
    """

    own_losses = ("pointwise",)
    own_settings = FactorisationMachineSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="fm", dtype="float32", **kwargs)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        settings = make_own_settings(FactorisationMachineSettings, config.own)
        self.num_negatives = checked_num_negatives(settings.num_negatives)
        self.fields = FactorisedFields(dataset, config, name="fields")
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        return self.fields.carried_weights()

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Computes the embeddings; see `Recommender.call`."""
        factorisation = self.fields(training=training, dropout_seed=dropout_seed)
        return Representations.of_final(factorisation.users, factorisation.items)
