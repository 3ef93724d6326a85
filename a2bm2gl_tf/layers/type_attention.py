"""Attention of a node over itself and its groups of neighbours of one type."""

from collections.abc import Sequence

import keras
import tensorflow as tf

from a2bm2gl_tf.layers.seeds import derived_seed

NEGATIVE_SLOPE = 0.2


class TypeAttention(keras.layers.Layer):
    r"""E_v = sum_i alpha_i f_i over f_i in {f_1(v), f_2^t(v)} (HetGNN, Eq. 4-5).

      alpha_i = softmax_i LeakyReLU(u^T [f_i + f_1(v)])

    with [+] concatenation and slope 0.2 below zero. A group without a neighbour takes no part.

    Args:
      width: d.
      seed: integer seed of the initialisers.
    """

    def __init__(self, width: int, seed: int = 0, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        for stream, name in enumerate(("u_of_group", "u_of_node")):
            initializer = keras.initializers.RandomNormal(
                stddev=width**-0.5, seed=derived_seed(seed, stream)
            )
            setattr(self, name, self.add_weight(name=name, shape=(width,), initializer=initializer))
        self.built = True

    def call(
        self, own: tf.Tensor, groups: Sequence[tf.Tensor], present: Sequence[tf.Tensor]
    ) -> tf.Tensor:
        """Mixes the groups.

        Args:
          own: f_1(v), float32 (n, d).
          groups: f_2^t(v) of each type, float32 (n, d).
          present: bool (n,) of each type, whether the node has neighbours of it.

        Returns:
          E, float32 (n, d).
        """
        candidates = tf.stack([own, *groups], axis=1)
        valid = tf.stack([tf.ones_like(present[0]), *present], axis=1)
        of_node = tf.linalg.matvec(own, tf.convert_to_tensor(self.u_of_node))
        of_group = tf.linalg.matvec(candidates, tf.convert_to_tensor(self.u_of_group))
        logits = tf.nn.leaky_relu(of_group + of_node[:, None], NEGATIVE_SLOPE)
        logits = tf.where(valid, logits, tf.float32.min)
        return tf.einsum("ng,ngd->nd", tf.nn.softmax(logits, axis=1), candidates)
