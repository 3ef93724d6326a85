"""The adaptive boundaries B_u^up and B_u^low (section 3.6.2, Eq. 9)."""

import keras
import tensorflow as tf


class BoundaryNetwork(keras.layers.Layer):
    r"""One boundary per user from the user's embedding and a pool of item embeddings.

      B_u = MLP([E_u, sum_{v in N(u)} E_v])    (Eq. 9)

    with N(u) the items the user has interacted with for the upper boundary and all others for the
    lower one. The MLP has one hidden ReLU layer as wide as E_u and a linear output.

    Args:
      stop_gradient: keeps the boundary's error out of the embeddings, so that a boundary follows
        the scores and cannot pull them towards itself.
      init_stddev: standard deviation of the weights' Gaussian; None takes 1 / sqrt(fan in).
      initial_boundary: the value the output bias starts from.
      seed: integer seed of the initialisers.
    """

    def __init__(
        self,
        stop_gradient: bool = True,
        init_stddev: float | None = None,
        initial_boundary: float = 0.0,
        seed: int = 0,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        self.stop_gradient = stop_gradient
        self.init_stddev = init_stddev
        self.initial_boundary = initial_boundary
        self.seed = seed

    def build(self, user_shape, pooled_shape):
        """Creates the two dense layers for inputs of width d and d'."""
        units = user_shape[-1]
        width = user_shape[-1] + pooled_shape[-1]
        self.hidden = keras.layers.Dense(
            units, activation="relu", kernel_initializer=self._gaussian(width, 0), name="hidden"
        )
        self.output_layer = keras.layers.Dense(
            1,
            kernel_initializer=self._gaussian(units, 1),
            bias_initializer=keras.initializers.Constant(self.initial_boundary),
            name="output",
        )
        self.hidden.build((None, width))
        self.output_layer.build((None, units))

    def _gaussian(self, fan_in: int, offset: int):
        stddev = self.init_stddev if self.init_stddev is not None else fan_in**-0.5
        return keras.initializers.RandomNormal(stddev=stddev, seed=self.seed + offset)

    def call(self, user_embeddings: tf.Tensor, pooled_items: tf.Tensor) -> tf.Tensor:
        """Boundaries of a batch of users.

        Args:
          user_embeddings: E_u, float32 (b, d).
          pooled_items: the pooled item embeddings, float32 (b, d).

        Returns:
          float32 (b,).
        """
        inputs = tf.concat([user_embeddings, pooled_items], axis=1)
        if self.stop_gradient:
            inputs = tf.stop_gradient(inputs)
        return tf.cast(self.output_layer(self.hidden(inputs))[:, 0], tf.float32)
