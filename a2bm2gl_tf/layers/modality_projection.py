"""A linear map of one modality's features to the width of the embeddings."""

import keras
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality


class ModalityProjection(keras.layers.Layer):
    """X W without a bias, so that an item without the modality gets 0.

    W's Gaussian is scaled by the features' root mean square norm, so that the result starts with
    entries of standard deviation `init_stddev`, like a free embedding.

    Args:
      modality: features X of the V items.
      units: d.
      init_stddev: standard deviation of an entry of X W at the start, for a typical item.
      seed: integer seed of the initialiser.
    """

    def __init__(self, modality: Modality, units: int, init_stddev: float, seed: int = 0, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        # A plain tensor: a checkpoint need not repeat what the dataset holds.
        self.features = tf.constant(modality.features)
        self.kernel = self.add_weight(
            name="kernel",
            shape=(modality.dimension, units),
            initializer=keras.initializers.RandomNormal(
                stddev=init_stddev / modality.typical_norm, seed=seed
            ),
            dtype="float32",
        )
        self.built = True

    def call(self, unused_inputs=None) -> tf.Tensor:
        """X W, float32 (V, d)."""
        return tf.matmul(self.features, tf.convert_to_tensor(self.kernel))
