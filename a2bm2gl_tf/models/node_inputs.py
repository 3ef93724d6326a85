"""Input features of users and items: free embeddings, and the items' content."""

import keras
import tensorflow as tf

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.layers.modality_projection import ModalityProjection
from a2bm2gl_tf.layers.seeds import derived_seed
from a2bm2gl_tf.models.carried_weights import CarriedWeight, node_rows, shared
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.node_embeddings import NodeEmbeddings


class NodeInputs(keras.layers.Layer):
    r"""x_u = e_u,    x_v = e_v + sum_modality X_v W.

    Args:
      dataset: gives the numbers of users and items, and the modalities.
      config: `dimension`, `dropout` (of the free embeddings), `init_stddev` and `seed`; of its
        streams the first, one a modality.
    """

    def __init__(self, dataset: Dataset, config: ModelConfig, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        self.num_users, self.num_items = dataset.num_users, dataset.num_items
        self.node_embeddings = NodeEmbeddings.of_config(self.num_users + self.num_items, config)
        self.projections = [
            ModalityProjection(
                modality,
                config.dimension,
                config.init_stddev,
                seed=derived_seed(config.seed, index),
                name=modality.name,
            )
            for index, modality in enumerate(dataset.modalities)
        ]
        self.built = True

    def carried_weights(self) -> list[CarriedWeight]:
        """Their part of `Recommender.carried_weights`."""
        carried = node_rows("node_embeddings", self.node_embeddings.table)
        for projection in self.projections:
            carried += shared(f"content/{projection.name}", projection, [projection.name])
        return carried

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None) -> tf.Tensor:
        """X of users, then items, float32 (N, d); for the arguments see `Recommender.call`."""
        table = self.node_embeddings(training=training, dropout_seed=dropout_seed)
        if not self.projections:
            return table
        content = tf.add_n([projection() for projection in self.projections])
        return table + tf.pad(content, [[self.num_users, 0], [0, 0]])
