"""The fields user, item and content of a factorisation machine and their interactions."""

from collections.abc import Sequence
from typing import NamedTuple

import keras
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.layers.dense_field import DenseField
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings


class Factorisation(NamedTuple):
    """One forward pass.

    Attributes:
      users: E_u, float32 (U, d + 2).
      items: E_v, float32 (V, d + 2); E_u . E_v is the machine's output.
      user_field: p_u, the embedding of the user field, float32 (U, d).
      item_fields: q_v and the embedding of each modality, each float32 (V, d).
    """

    users: tf.Tensor
    items: tf.Tensor
    user_field: tf.Tensor
    item_fields: Sequence[tf.Tensor]


class FactorisedFields(keras.layers.Layer):
    r"""The factorisation machine (Rendle, ICDM 2010) as a product of embeddings.

    The feature vector of a pair has a one for the user, a one for the item and, unchanged, the
    item's content features x. With p_u and q_v the factors of the ones,

      y(u, v) = w_0 + w_u + w_v + sum_f x_f w_f + sum_{i<j} <v_i, v_j> x_i x_j
              = (w_0 + w_u) + p_u . S_v + b_v,      S_v = q_v + sum_f x_f v_f
          b_v = w_v + sum_f x_f w_f + (||S_v||^2 - ||q_v||^2 - sum_f x_f^2 ||v_f||^2) / 2

    by the paper's rewriting of the pairwise terms: whatever does not meet the user is a bias of the
    item. So E_u = [p_u, 1, w_0 + w_u] and E_v = [S_v, b_v, 1]. Pairs inside one feature vector
    count, as the equation has it.

    Args:
      dataset: the numbers of users and items, and the modalities.
      config: `dimension`, `dropout` (of p_u and q_v), `init_stddev` and `seed`.
    """

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.modality_names = tuple(modality.name for modality in dataset.modalities)
        num_nodes = self.num_users + self.num_items
        self.node_embeddings = NodeEmbeddings.of_config(num_nodes, config)
        self.global_bias = self.add_weight(name="global_bias", shape=(), initializer="zeros")
        self.node_biases = self.add_weight(
            name="node_biases", shape=(num_nodes,), initializer="zeros"
        )
        self.content_fields = [
            DenseField(
                modality,
                config.dimension,
                config.init_stddev,
                seed=derived_seed(config.seed, stream),
                name=f"field_{modality.name}",
            )
            for stream, modality in enumerate(dataset.modalities)
        ]
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """Their part of `Recommender.carried_weights`."""
        carried = node_rows("node_embeddings", self.node_embeddings.table)
        carried += node_rows("node_biases", self.node_biases)
        carried += shared("global_bias", self.global_bias)
        for name, field in zip(self.modality_names, self.content_fields, strict=True):
            carried += shared(f"content/{name}", field, [name])
        return carried

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None) -> Factorisation:
        """Computes the embeddings; see `Recommender.call` for the arguments."""
        sizes = [self.num_users, self.num_items]
        table = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        of_users, of_items = tf.split(table, sizes)
        user_biases, item_biases = tf.split(tf.convert_to_tensor(self.node_biases), sizes)
        contents = [field() for field in self.content_fields]
        item_fields = [of_items, *(content.embeddings for content in contents)]
        sums = tf.add_n(item_fields)
        surplus = tf.add_n([_squared_norms(of_items), *(content.squares for content in contents)])
        linear = tf.add_n([item_biases, *(content.linear for content in contents)])
        item_biases = linear + 0.5 * (_squared_norms(sums) - surplus)
        user_biases += tf.convert_to_tensor(self.global_bias)
        ones = tf.ones_like
        return Factorisation(
            tf.concat([of_users, ones(user_biases)[:, None], user_biases[:, None]], axis=1),
            tf.concat([sums, item_biases[:, None], ones(item_biases)[:, None]], axis=1),
            of_users,
            item_fields,
        )


def _squared_norms(rows: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.square(rows), axis=1)
