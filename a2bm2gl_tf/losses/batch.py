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
      item_order: one int32 tensor (e,), the places of the edges in order of item, then user
        position; empty where sums over edges are taken by segments (XLA, GPU), which need no order.
      num_users: float32 scalar, the users that means are taken over: those of this batch or, where
        the batch is a piece of a larger one, those of the whole, so that the pieces' losses add up
        to the loss of the whole.
    """

    users: tf.Tensor
    user_weights: tf.Tensor
    degrees: tf.Tensor
    edge_users: tf.Tensor
    edge_items: tf.Tensor
    edge_weights: tf.Tensor
    edge_beta: tf.Tensor
    item_order: tuple[tf.Tensor, ...]
    num_users: tf.Tensor

    @classmethod
    def signature(cls, ordered: bool) -> "UserBatch":
        """The types of a batch of any size, for a traced function.

        Args:
          ordered: whether the batches have an `item_order`.
        """
        users, edges = tf.TensorSpec([None], tf.int32), tf.TensorSpec([None], tf.int32)
        values = tf.TensorSpec([None], tf.float32)
        return cls(
            users=users,
            user_weights=values,
            degrees=users,
            edge_users=edges,
            edge_items=edges,
            edge_weights=values,
            edge_beta=values,
            item_order=(edges,) if ordered else (),
            num_users=tf.TensorSpec([], tf.float32),
        )

    def piece(self, index: tf.Tensor, size: int) -> "UserBatch":
        """The users from `index` * `size` on, at most `size` of them, with their edges.

        Args:
          index: int32 scalar, which piece.
          size: users a piece; `item_order` must have been made for pieces of this size.

        Returns:
          A batch whose `num_users` is still that of the whole.
        """
        start = index * size
        stop = tf.minimum(start + size, tf.shape(self.users)[0])
        ends = tf.pad(tf.cumsum(self.degrees), [[1, 0]])
        first, last = ends[start], ends[stop]
        return UserBatch(
            users=self.users[start:stop],
            user_weights=self.user_weights[start:stop],
            degrees=self.degrees[start:stop],
            edge_users=self.edge_users[first:last] - start,
            edge_items=self.edge_items[first:last],
            edge_weights=self.edge_weights[first:last],
            edge_beta=self.edge_beta[first:last],
            item_order=tuple(order[first:last] for order in self.item_order),
            num_users=self.num_users,
        )

    @property
    def users_of_edges(self) -> tf.Tensor:
        """The user row of each edge, int32 (e,)."""
        return tf.gather(self.users, self.edge_users)

    def sum_by_user(self, edge_values: tf.Tensor) -> tf.Tensor:
        """Adds up a value per edge, float32 (e,), for each user of the batch: (b,)."""
        return tf.math.unsorted_segment_sum(edge_values, self.edge_users, tf.shape(self.users)[0])

    def mean_over_users(self, user_values: tf.Tensor) -> tf.Tensor:
        """The sum of a value per user, float32 (b,), padding left out, over `num_users`."""
        return tf.reduce_sum(self.user_weights * user_values) / self.num_users
