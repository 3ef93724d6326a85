"""What users' items look like, by modality, as a part of the users' embeddings."""

from collections.abc import Sequence

import keras
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import SparseOperator


class UserContent(keras.layers.Layer):
    r"""A user's own weighing of modalities, over the mean of the items that the user has met.

      E_u^content = sum_m p_um 1/d_u sum_{v in N(u)} H_v^m,    p_u = softmax_m(preferences_u)

    The preferences are learned and start as equals. A user without an interaction gets 0.

    Args:
      train: training interactions, CSR (U, V) of ones.
      num_modalities: M.
      backend: a resolved backend of sparse products.
    """

    def __init__(self, train: sp.csr_matrix, num_modalities: int, backend: str, **kwargs):
        super().__init__(dtype="float32", **kwargs)
        degrees = train.sum(axis=1)
        degrees[degrees == 0] = 1
        self.operator = SparseOperator(sp.diags(1 / degrees.A1) @ train, backend)
        self.preferences = self.add_weight(
            name="preferences", shape=(train.shape[0], num_modalities), initializer="zeros"
        )
        self.built = True

    def call(self, items: Sequence[tf.Tensor]) -> tf.Tensor:
        """E^content, float32 (U, d).

        Args:
          items: H of each modality, float32 (V, d).
        """
        shares = tf.nn.softmax(tf.convert_to_tensor(self.preferences), axis=1)
        profiles = [
            shares[:, place, None] * self.operator(of_modality)
            for place, of_modality in enumerate(items)
        ]
        return tf.add_n(profiles)
