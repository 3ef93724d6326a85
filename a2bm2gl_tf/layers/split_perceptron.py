"""A perceptron on pairs whose first layer is computed once a user and once an item."""

import itertools

import keras
import tensorflow as tf

from a2bm2gl_tf.layers.seeds import derived_seed


class SplitPerceptron(keras.layers.Layer):
    r"""Hidden ReLU layers and a linear output on a user's and an item's vector, concatenated.

      z_1 = relu([x_u, y_v] W_1 + c_1) = relu(a_u + b_v),   a_u = x_u W_1^user,
                                                            b_v = y_v W_1^item + c_1
      z_l = relu(z_{l-1} W_l + c_l),   s_uv = z_L . h + c

    The first layer is linear in each half of its input, so its products, the largest of all, are
    needed for users and items alone and not for pairs.

    Args:
      user_width: width of x_u.
      item_width: width of y_v.
      hidden: widths of the L >= 1 hidden layers.
      seed: integer seed of the initialisers (Glorot's uniform; biases start at 0).
    """

    def __init__(
        self, user_width: int, item_width: int, hidden: tuple[int, ...], seed: int = 0, **kwargs
    ):
        super().__init__(dtype="float32", **kwargs)
        self.user_width, self.item_width = user_width, item_width
        self.hidden = tuple(hidden)
        widths = (user_width + item_width, *self.hidden, 1)
        self.kernels, self.biases = [], []
        for layer, (fan_in, fan_out) in enumerate(itertools.pairwise(widths)):
            initializer = keras.initializers.GlorotUniform(seed=derived_seed(seed, layer))
            self.kernels.append(
                self.add_weight(
                    name=f"kernel_{layer}", shape=(fan_in, fan_out), initializer=initializer
                )
            )
            self.biases.append(
                self.add_weight(name=f"bias_{layer}", shape=(fan_out,), initializer="zeros")
            )
        self.built = True

    def call(self, users: tf.Tensor, items: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """The first layer's parts.

        Args:
          users: x_u, float32 (U, user_width).
          items: y_v, float32 (V, item_width).

        Returns:
          a_u, float32 (U, h_1), and b_v, float32 (V, h_1).
        """
        kernel = tf.convert_to_tensor(self.kernels[0])
        of_users, of_items = tf.split(kernel, [self.user_width, self.item_width])
        bias = tf.convert_to_tensor(self.biases[0])
        return tf.matmul(users, of_users), tf.matmul(items, of_items) + bias

    def outputs(self, sums: tf.Tensor) -> tf.Tensor:
        """The rest of the network.

        Args:
          sums: a_u + b_v of any pairs, float32 (..., h_1).

        Returns:
          s_uv, float32 (...).
        """
        # One matrix of all pairs: products of higher rank go pair by pair.
        values = tf.nn.relu(tf.reshape(sums, [-1, self.hidden[0]]))
        for kernel, bias in zip(self.kernels[1:-1], self.biases[1:-1], strict=True):
            product = tf.matmul(values, tf.convert_to_tensor(kernel))
            values = tf.nn.relu(product + tf.convert_to_tensor(bias))
        outputs = tf.matmul(values, tf.convert_to_tensor(self.kernels[-1]))
        return tf.reshape(outputs + tf.convert_to_tensor(self.biases[-1]), tf.shape(sums)[:-1])
