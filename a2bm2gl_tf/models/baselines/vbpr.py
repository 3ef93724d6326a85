"""VBPR: matrix factorisation with a second factor space, into which content is projected."""

import dataclasses

import keras
import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.models.carried_weights import CarriedWeight, item_rows, node_rows, shared, user_rows
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.explanation import ItemPart, with_remainder
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.own_settings import make_own_settings
from a2bm2gl_tf.models.recommender import Recommender, Representations


@dataclasses.dataclass(frozen=True)
class VbprSettings:
    """Settings that this model alone has.

    Attributes:
      content_dimension: width of theta_u and E f_v.
    """

    content_dimension: int = 64


class Vbpr(Recommender):
    r"""s_uv = b_v + p_u . q_v + theta_u . (E f_v) + beta . f_v, with the BPR loss.

    He and McAuley, "VBPR: Visual Bayesian Personalized Ranking from Implicit Feedback", AAAI 2016;
    its global and user offsets do not change a user's ranking and are left out. Scores are products
    of [p_u, theta_u, 1] and [q_v, E f_v, b_v + beta . f_v].

    Adapted: f_v is the concatenation of all modalities, each scaled as the dataset has it, in place
    of one image vector; a modality that an item lacks is zero in it. Instead of lambda_E and
    lambda_beta of their own, E and beta have the L2 weight of everything else. E starts at such a
    scale that E f_v has that of q_v. Without modalities it is BPR-MF.

    Args:
      dataset: gives the numbers of users and items, and the modalities.
      config: `dimension`, `dropout`, `init_stddev` and `seed`; own settings are `VbprSettings`.

    Raises:
      UserError: for a content dimension below 1.
    """

    own_settings = VbprSettings

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="vbpr", dtype="float32", **kwargs)
        width = make_own_settings(VbprSettings, config.own).content_dimension
        if width < 1:
            raise UserError(f"--model_settings=content_dimension={width}: give 1 or more")
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.modality_names = tuple(modality.name for modality in dataset.modalities)
        self.node_embeddings = NodeEmbeddings.of_config(self.num_users + self.num_items, config)
        self.item_bias = self.add_weight(
            name="item_bias", shape=(self.num_items, 1), initializer="zeros", dtype="float32"
        )
        self.features = None
        self._columns_of_modalities = {}
        if dataset.modalities:
            ends = np.cumsum([m.features.shape[1] for m in dataset.modalities]).tolist()
            self._columns_of_modalities = {
                m.name: slice(end - m.features.shape[1], end)
                for m, end in zip(dataset.modalities, ends, strict=True)
            }
            features = np.concatenate([m.features for m in dataset.modalities], axis=1)
            # A plain tensor: a checkpoint need not repeat what the dataset holds.
            self.features = tf.constant(features)
            rows, scale = features.shape[1], config.init_stddev
            norm = float(np.linalg.norm([m.typical_norm for m in dataset.modalities]))
            self.content_preferences = self._gaussian(
                "content_preferences", (self.num_users, width), scale, derived_seed(config.seed, 0)
            )
            self.projection = self._gaussian(
                "projection", (rows, width), scale / norm, derived_seed(config.seed, 1)
            )
            self.content_bias = self.add_weight(
                name="content_bias", shape=(rows, 1), initializer="zeros", dtype="float32"
            )
        self.built = True

    def _gaussian(self, name: str, shape: tuple[int, int], stddev: float, seed: int):
        initial = keras.initializers.RandomNormal(stddev=stddev, seed=seed)
        return self.add_weight(name=name, shape=shape, initializer=initial, dtype="float32")

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        carried = [
            *node_rows("node_embeddings", self.node_embeddings.table),
            *item_rows("item_bias", self.item_bias),
        ]
        if self.features is None:
            return carried
        names = self.modality_names
        return [
            *carried,
            *user_rows("content_preferences", self.content_preferences, names),
            *shared("projection", self.projection, names),
            *shared("content_bias", self.content_bias, names),
        ]

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Projects the features and joins the parts; see `Recommender.call`."""
        table = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        users, items = tf.split(table, [self.num_users, self.num_items])
        of_users, of_items = [users], [items]
        bias = tf.convert_to_tensor(self.item_bias)
        if self.features is not None:
            of_users.append(tf.convert_to_tensor(self.content_preferences))
            of_items.append(tf.matmul(self.features, self.projection))
            bias += tf.matmul(self.features, self.content_bias)
        return Representations.of_final(
            tf.concat([*of_users, tf.ones([self.num_users, 1])], axis=1),
            tf.concat([*of_items, bias], axis=1),
        )

    def item_parts(self) -> list[ItemPart]:
        """[q_v, 0, b_v], and [0, E f_v, beta . f_v] of each modality's columns of f."""
        _, items = self.embeddings()
        nothing = tf.zeros([self.num_items, self.node_embeddings.table.shape[1]])
        parts = []
        for name, columns in self._columns_of_modalities.items():
            features = self.features[:, columns]
            content = tf.matmul(features, tf.convert_to_tensor(self.projection)[columns])
            bias = tf.matmul(features, tf.convert_to_tensor(self.content_bias)[columns])
            parts.append(ItemPart(name, tf.concat([nothing, content, bias], axis=1)))
        return with_remainder("collaborative", items, parts)
