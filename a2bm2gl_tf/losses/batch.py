"""A mini-batch of users with all their training interactions."""

from typing import NamedTuple

import tensorflow as tf


class UserBatch(NamedTuple):
    """Users of one step and their positive items; losses see nothing else of the data.

    Rows may be padding, marked by weight 0, so that XLA meets few distinct shapes. Edges are sorted
    by user position, then by item, each pair once.

    Attributes:
      users: int32 (b,) user rows.
      user_weights: float32 (b,), 1 for a user and 0 for padding.
      degrees: int32 (b,), number of the user's edges in this batch; all of its positives.
      edge_users: int32 (e,) position of the edge's user in `users`.
      edge_items: int32 (e,) item rows.
      edge_weights: float32 (e,), 1 for an interaction and 0 for padding.
      edge_beta: float32 (e,), beta_{u,v} of Eq. 2, 0 at padding.
    """

    users: tf.Tensor
    user_weights: tf.Tensor
    degrees: tf.Tensor
    edge_users: tf.Tensor
    edge_items: tf.Tensor
    edge_weights: tf.Tensor
    edge_beta: tf.Tensor

    @classmethod
    def signature(cls) -> "UserBatch":
        """The types of a batch of any size, for a traced function."""
        integers = ("users", "degrees", "edge_users", "edge_items")
        return cls(
            *(tf.TensorSpec([None], tf.int32 if n in integers else tf.float32) for n in cls._fields)
        )

    def sum_by_user(self, edge_values: tf.Tensor) -> tf.Tensor:
        """Adds up a value per edge, (e,) or (e, d), for each user of the batch: (b,) or (b, d)."""
        return tf.math.unsorted_segment_sum(edge_values, self.edge_users, tf.shape(self.users)[0])

    def mean_over_users(self, user_values: tf.Tensor) -> tf.Tensor:
        """The mean of a value per user, float32 (b,), over the users that are not padding."""
        total = tf.reduce_sum(self.user_weights * user_values)
        return total / tf.reduce_sum(self.user_weights)


def edge_scores(users: tf.Tensor, items: tf.Tensor, batch: UserBatch) -> tf.Tensor:
    """Scores E_u . E_v of the batch's edges.

    Args:
      users: E_u of the batch's users, float32 (b, d).
      items: E_v of all items, float32 (V, d).
      batch: the edges.

    Returns:
      float32 (e,).
    """
    edge_user_embeddings = tf.gather(users, batch.edge_users)
    return tf.reduce_sum(edge_user_embeddings * tf.gather(items, batch.edge_items), axis=1)
