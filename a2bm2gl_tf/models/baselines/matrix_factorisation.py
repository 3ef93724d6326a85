"""Matrix factorisation: an embedding a user and an item, and an item bias."""

import keras
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.models.carried_weights import CarriedWeight, item_rows, node_rows
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings
from a2bm2gl_tf.models.recommender import Recommender, Representations


class MatrixFactorisation(Recommender):
    r"""s_uv = p_u . q_v + b_v; with the BPR loss, BPR-MF (Rendle et al., UAI 2009).

    The bias is the last component of the embeddings, E_u = [p_u, 1] and E_v = [q_v, b_v], so that
    ranking and serving see a product.

    Adapted: the paper's factorisation has no bias. Its LearnBPR follows the gradient of one triple
    at a time, drawn with replacement; here a step of Adam follows that of a batch of users with all
    their interactions, each against one sampled item. L2 has one weight, and is on all parameters
    in every step instead of those of the triple.

    Args:
      dataset: gives the numbers of users and items; modalities are not used.
      config: `dimension`, `dropout`, `init_stddev` and `seed`.
    """

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="bpr_mf", dtype="float32", **kwargs)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.node_embeddings = NodeEmbeddings.of_config(self.num_users + self.num_items, config)
        self.item_bias = self.add_weight(
            name="item_bias",
            shape=(self.num_items, 1),
            initializer=keras.initializers.Zeros(),
            dtype="float32",
        )
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """See `Recommender.carried_weights`."""
        return [
            *node_rows("node_embeddings", self.node_embeddings.table),
            *item_rows("item_bias", self.item_bias),
        ]

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Gathers the tables; see `Recommender.call`."""
        table = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        users, items = tf.split(table, [self.num_users, self.num_items])
        users = tf.concat([users, tf.ones([self.num_users, 1])], axis=1)
        items = tf.concat([items, tf.convert_to_tensor(self.item_bias)], axis=1)
        return Representations.of_final(users, items)
