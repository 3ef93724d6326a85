"""A modality's features in the space of the embeddings."""

import keras
import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality


class FeatureProjection(keras.layers.Layer):
    """X W + b of the items that have the modality, and 0 of those that do not.

    The features themselves stay as they are. They are divided by the root mean square norm of the
    present rows, which the scale of W would otherwise have to make up for.

    Args:
      modality: the features.
      units: width of the projection.
      seed: integer seed of W's Glorot initialiser; b starts at 0.
    """

    def __init__(self, modality: Modality, units: int, seed: int, **kwargs):
        super().__init__(autocast=False, **kwargs)
        # Plain tensors: a checkpoint need not repeat what the dataset holds.
        self.features = tf.constant(modality.features / np.float32(modality.typical_norm))
        self.present = tf.constant(modality.present[:, None].astype(np.float32))
        self.kernel = self.add_weight(
            name="kernel",
            shape=(modality.dimension, units),
            initializer=keras.initializers.GlorotUniform(seed=seed),
        )
        self.bias = self.add_weight(name="bias", shape=(units,), initializer="zeros")
        self.built = True

    def call(self, unused_inputs=None) -> tf.Tensor:
        """The projected features, float32 (V, units)."""
        kernel = tf.cast(self.kernel, self.compute_dtype)
        projected = tf.matmul(tf.cast(self.features, self.compute_dtype), kernel)
        return self.present * (tf.cast(projected, tf.float32) + tf.cast(self.bias, tf.float32))
