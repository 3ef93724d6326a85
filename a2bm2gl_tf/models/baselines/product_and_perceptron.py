"""Models whose score is a product of embeddings and a perceptron's output."""

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.layers.split_perceptron import SplitPerceptron
from a2bm2gl_tf.models.recommender import Recommender, Representations, Scorer

# Entries of the widest hidden layer that are in memory at a time when blocks are scored: 32 MiB.
_BLOCK_ENTRIES = 2**23


class ProductAndPerceptron(Recommender):
    r"""s_uv = E_u . E_v + MLP([x_u, y_v]), the perceptron split as in `SplitPerceptron`.

    A subclass sets `perceptron` and gives `of_parts` from its `call`.

    Attributes:
      perceptron: the network.
    """

    has_embeddings = False
    own_losses = ("pointwise",)
    perceptron: SplitPerceptron

    def of_parts(
        self, users: tf.Tensor, items: tf.Tensor, user_inputs: tf.Tensor, item_inputs: tf.Tensor
    ) -> Representations:
        """The representations.

        Args:
          users: E_u, float32 (U, d).
          items: E_v, float32 (V, d).
          user_inputs: x_u, float32 (U, user_width).
          item_inputs: y_v, float32 (V, item_width).
        """
        user_sums, item_sums = self.perceptron(user_inputs, item_inputs)
        return Representations.of_final(users, items, user_sums=user_sums, item_sums=item_sums)

    def pair_scores(
        self, representations: Representations, users: tf.Tensor, items: tf.Tensor
    ) -> tf.Tensor:
        """Scores of pairs; see `Recommender.pair_scores`."""
        products = super().pair_scores(representations, users, items)
        of_users = tf.gather(representations.auxiliary["user_sums"], users)
        of_items = tf.gather(representations.auxiliary["item_sums"], items)
        if len(items.shape) == 2:
            of_users = of_users[:, None]
        return products + self.perceptron.outputs(of_users + of_items)

    def scorer(self) -> Scorer:
        """Scores of blocks of users, a block of items at a time; see `Recommender.scorer`."""
        representations = self(training=False)
        parts = (
            representations.users,
            representations.items,
            representations.auxiliary["user_sums"],
            representations.auxiliary["item_sums"],
        )
        users, items, user_sums, item_sums = parts
        matrices = [tf.TensorSpec([None, part.shape[1]], tf.float32) for part in parts]

        @tf.function(input_signature=matrices)
        def block_scores(of_users, of_items, of_user_sums, of_item_sums):
            products = tf.matmul(of_users, of_items, transpose_b=True)
            return products + self.perceptron.outputs(of_user_sums[:, None] + of_item_sums)

        def score(rows: np.ndarray) -> np.ndarray:
            scores = np.empty((len(rows), self.num_items), np.float32)
            of_users, of_user_sums = tf.gather(users, rows), tf.gather(user_sums, rows)
            size = max(1, _BLOCK_ENTRIES // (max(self.perceptron.hidden) * max(len(rows), 1)))
            for start in range(0, self.num_items, size):
                stop = start + size
                scores[:, start:stop] = block_scores(
                    of_users, items[start:stop], of_user_sums, item_sums[start:stop]
                ).numpy()
            return scores

        return score
