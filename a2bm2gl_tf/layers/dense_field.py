"""A field of real values in a factorisation machine: a modality's feature vector."""

from typing import NamedTuple

import keras
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality


class FieldValues(NamedTuple):
    """What a field adds to the items' part of a factorisation machine.

    Attributes:
      embeddings: sum_f x_f v_f, float32 (V, d).
      linear: sum_f x_f w_f, float32 (V,).
      squares: sum_f x_f^2 ||v_f||^2, float32 (V,): what the square of `embeddings` counts too much.
    """

    embeddings: tf.Tensor
    linear: tf.Tensor
    squares: tf.Tensor


class DenseField(keras.layers.Layer):
    r"""A weight w_f and a factor v_f for each component of a modality (Rendle, ICDM 2010, Eq. 1).

    Features are divided by the typical norm of a row, so that the field's embedding, the sum of x_f
    v_f, starts at the scale of an identifier's. An item without the modality has an all-zero row
    and takes no part in any interaction.

    Args:
      modality: features x of the V items.
      dimension: d.
      init_stddev: standard deviation of the factors' Gaussian; the weights start at 0.
      seed: integer seed of the initialiser.
    """

    def __init__(
        self, modality: Modality, dimension: int, init_stddev: float, seed: int = 0, **kwargs
    ):
        super().__init__(dtype="float32", **kwargs)
        features = modality.features / modality.typical_norm
        # Plain tensors: a checkpoint need not repeat what the dataset holds.
        self.features, self.squared_features = tf.constant(features), tf.constant(features**2)
        self.factors = self.add_weight(
            name="factors",
            shape=(modality.dimension, dimension),
            initializer=keras.initializers.RandomNormal(stddev=init_stddev, seed=seed),
        )
        self.weights_of_features = self.add_weight(
            name="weights", shape=(modality.dimension,), initializer="zeros"
        )
        self.built = True

    def call(self, unused_inputs=None) -> FieldValues:
        """Computes the field's part for all items."""
        factors = tf.convert_to_tensor(self.factors)
        weights = tf.convert_to_tensor(self.weights_of_features)
        norms = tf.reduce_sum(tf.square(factors), axis=1)
        return FieldValues(
            tf.matmul(self.features, factors),
            tf.linalg.matvec(self.features, weights),
            tf.linalg.matvec(self.squared_features, norms),
        )
