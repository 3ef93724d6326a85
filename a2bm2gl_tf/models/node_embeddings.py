"""The free embeddings E^(0) of users and items."""

import keras
import tensorflow as tf

from a2bm2gl_tf.models.config import ModelConfig


class NodeEmbeddings(keras.layers.Layer):
    """A Gaussian-initialised embedding of every node, users first, with stateless dropout.

    Args:
      num_nodes: N = U + V.
      dimension: d.
      init_stddev: standard deviation of the Gaussian.
      dropout: share of entries dropped in training, the rest scaled by 1 / (1 - dropout).
      seed: integer seed of the initialiser.
    """

    def __init__(
        self,
        num_nodes: int,
        dimension: int,
        init_stddev: float,
        dropout: float = 0.0,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(dtype="float32", **kwargs)
        self.dropout = dropout
        self.table = self.add_weight(
            name="table",
            shape=(num_nodes, dimension),
            initializer=keras.initializers.RandomNormal(stddev=init_stddev, seed=seed),
            dtype="float32",
        )
        self.built = True

    @classmethod
    def of_config(cls, num_nodes: int, config: ModelConfig) -> "NodeEmbeddings":
        """The embeddings a model's settings ask for."""
        return cls(
            num_nodes,
            config.dimension,
            config.init_stddev,
            config.dropout,
            seed=config.seed,
            name="node_embeddings",
        )

    def call(self, training: bool = False, dropout_seed: tf.Tensor | None = None) -> tf.Tensor:
        """E^(0), float32 (N, d); see `Recommender.call` for the arguments."""
        table = tf.convert_to_tensor(self.table)
        if not training or self.dropout == 0.0:
            return table
        return tf.nn.experimental.stateless_dropout(table, rate=self.dropout, seed=dropout_seed)
