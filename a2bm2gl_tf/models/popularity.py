"""Popularity: every user is given the items with the most training interactions."""

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.memory_parts import Part, Sizes
from a2bm2gl_tf.models.recommender import Recommender, Representations


class Popularity(Recommender):
    """The score of item v is d_v, its degree in the training split: embeddings of width 1.

    Args:
      dataset: its training interactions are counted.
      config: unused; every model is built with the same arguments.
    """

    trained_by_steps = False

    @classmethod
    def memory_parts(cls, sizes: Sizes, config: ModelConfig, training: bool) -> list[Part]:
        """See `Recommender.memory_parts`: nothing that matters."""
        del sizes, config, training
        return []

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(name="popularity", dtype="float32", **kwargs)
        del config
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        counts = np.asarray(dataset.train.sum(axis=0), np.float32).reshape(-1, 1)
        self.user_factor = tf.ones([dataset.num_users, 1])
        self.item_factor = tf.constant(counts)
        self.built = True

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None):
        """Returns the counts; see `Recommender.call`."""
        del training, dropout_seed
        users, items = self.user_factor, self.item_factor
        return Representations(users, items, users, items, {}, {})
