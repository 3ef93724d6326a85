"""A bidirectional LSTM over a short sequence, its outputs averaged."""

import keras
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.layers.seeds import derived_seed


class BiLSTMMean(keras.layers.Layer):
    r"""1/|C| sum_{i in C} [LSTM_forward(x)_i + LSTM_backward(x)_i], [+] concatenation.

    HetGNN's encoder of a node's contents (Eq. 1) and of its neighbours of one type (Eq. 2). Steps
    that are not present are passed over by both LSTMs and by the mean.

    Args:
      width: d of inputs and outputs, even.
      seed: integer seed of the initialisers.

    Raises:
      UserError: for an odd width.
    """

    def __init__(self, width: int, seed: int = 0, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        if width % 2:
            raise UserError(
                f"--dimension={width}: a bidirectional LSTM halves it; give an even one"
            )
        self.ahead, self.back = (
            keras.layers.LSTM(
                width // 2,
                return_sequences=True,
                go_backwards=backwards,
                # The sequences have a few steps, and differing masks rule out the fused kernel.
                unroll=True,
                use_cudnn=False,
                kernel_initializer=keras.initializers.GlorotUniform(
                    seed=derived_seed(seed, 2 * backwards)
                ),
                recurrent_initializer=keras.initializers.Orthogonal(
                    seed=derived_seed(seed, 2 * backwards + 1)
                ),
                name="back" if backwards else "ahead",
                dtype="float32",
            )
            for backwards in (False, True)
        )
        for lstm in (self.ahead, self.back):
            lstm.build((None, None, width))
        self.built = True

    def call(self, sequences: tf.Tensor, present: tf.Tensor) -> tf.Tensor:
        """Encodes one sequence a node.

        Args:
          sequences: float32 (n, steps, d).
          present: bool (n, steps).

        Returns:
          float32 (n, d); zero where nothing is present.
        """
        ahead = self.ahead(sequences, mask=present)
        back = tf.reverse(self.back(sequences, mask=present), axis=[1])
        weights = tf.cast(present, tf.float32)
        counts = tf.reduce_sum(weights, axis=1, keepdims=True)
        weights = tf.math.divide_no_nan(weights, counts)
        return tf.einsum("ns,nsd->nd", weights, tf.concat([ahead, back], axis=2))
