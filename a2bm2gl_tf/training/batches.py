"""Mini-batches of users, each a function of the step number alone."""

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.edge_weights import ultragcn_edge_weights
from a2bm2gl_tf.losses.batch import UserBatch


class UserBatches:
    """Shuffles the users each epoch and cuts them into batches with all their interactions.

    The order of epoch e depends on (seed, e) only, so training may start at any step and see what
    an uninterrupted run would have seen. Users without a training interaction are left out: they
    say nothing of what to rank above what.

    Args:
      train: float32 CSR (U, V), sorted indices.
      batch_users: users a batch; 0 takes all in one.
      seed: integer seed of the shuffles.
      bucket: pads users to `batch_users` and edges to a few round sizes, so that a compiled step
        meets few distinct shapes.
      ordered: gives the batches an `item_order`, which the sparse products on a CPU need.
      piece_users: users of the pieces that `at_step`'s batches are cut into; 0 leaves them whole.

    Raises:
      ValueError: if no user has a training interaction.
    """

    def __init__(
        self,
        train: sp.csr_matrix,
        batch_users: int,
        seed: int,
        bucket: bool = False,
        ordered: bool = False,
        piece_users: int = 0,
    ):
        self._indptr = train.indptr.astype(np.int64)
        self._indices = train.indices.astype(np.int32)
        self._beta = ultragcn_edge_weights(train)
        self._users = np.flatnonzero(np.diff(self._indptr)).astype(np.int32)
        if not len(self._users):
            raise ValueError("no user has a training interaction")
        self._batch_users = min(batch_users, len(self._users)) if batch_users else len(self._users)
        self._seed = seed
        self._bucket = bucket
        self._ordered = ordered
        self._piece_users = piece_users or self._batch_users
        self._num_items = train.shape[1]
        self._order_epoch = -1
        self._order = self._users

    @property
    def steps_per_epoch(self) -> int:
        """Batches that cover every user once."""
        return -(-len(self._users) // self._batch_users)

    def at_step(self, step: int) -> UserBatch:
        """The batch of a step, counted from 0 over the whole run."""
        epoch, position = divmod(step, self.steps_per_epoch)
        if epoch != self._order_epoch:
            self._order = np.random.default_rng([self._seed, epoch]).permutation(self._users)
            self._order_epoch = epoch
        start = position * self._batch_users
        users = self._order[start : start + self._batch_users]
        batch = self._of_users(users, self._piece_users)
        return padded(batch, self._batch_users) if self._bucket else batch

    def of_users(self, users: np.ndarray) -> UserBatch:
        """The batch of the given user rows, int (b,), with all their interactions, in one piece.

        It is never padded.
        """
        return self._of_users(np.asarray(users, np.int32), max(len(users), 1))

    def _of_users(self, users: np.ndarray, piece_users: int) -> UserBatch:
        degrees = (self._indptr[users + 1] - self._indptr[users]).astype(np.int32)
        num_edges = int(degrees.sum())
        position = np.arange(num_edges) - np.repeat(np.cumsum(degrees) - degrees, degrees)
        source = np.repeat(self._indptr[users], degrees) + position
        items = self._indices[source]
        item_order = ()
        if self._ordered:
            item_order = (tf.constant(self._item_order(degrees, items, piece_users)),)
        return UserBatch(
            users=tf.constant(users),
            user_weights=tf.ones(len(users)),
            degrees=tf.constant(degrees),
            edge_users=tf.constant(np.repeat(np.arange(len(users), dtype=np.int32), degrees)),
            edge_items=tf.constant(items),
            edge_weights=tf.ones(num_edges),
            edge_beta=tf.constant(self._beta[source]),
            item_order=item_order,
            num_users=tf.constant(np.float32(len(users))),
        )

    def _item_order(self, degrees: np.ndarray, items: np.ndarray, piece_users: int) -> np.ndarray:
        """Within each piece, the places of its edges by item; int32 (e,)."""
        ends = np.concatenate([[0], np.cumsum(degrees)])
        parts = [np.zeros(0, np.int32)]
        for start in range(0, len(degrees), piece_users):
            indptr = ends[start : start + piece_users + 1]
            first, last = indptr[0], indptr[-1]
            places = np.arange(last - first, dtype=np.int32)
            # Changing rows for columns is a counting sort, and keeps users in order within an item.
            shape = (len(indptr) - 1, self._num_items)
            by_user = sp.csr_matrix((places, items[first:last], indptr - first), shape=shape)
            parts.append(by_user.tocsc().data)
        return np.concatenate(parts)


def padded(batch: UserBatch, num_users: int) -> UserBatch:
    """A batch with rows of weight 0, for a compiled step that is to meet few distinct shapes.

    Args:
      batch: without an `item_order`.
      num_users: users that it has afterwards, at least as many as now; its edges become the next
        of a few round sizes and belong to the last user.
    """
    num_edges = len(batch.edge_items)
    of_users = [[0, num_users - len(batch.users)]]
    of_edges = [[0, _round_up(num_edges) - num_edges]]
    return batch._replace(
        users=tf.pad(batch.users, of_users),
        user_weights=tf.pad(batch.user_weights, of_users),
        degrees=tf.pad(batch.degrees, of_users),
        edge_users=tf.pad(batch.edge_users, of_edges, constant_values=num_users - 1),
        edge_items=tf.pad(batch.edge_items, of_edges),
        edge_weights=tf.pad(batch.edge_weights, of_edges),
        edge_beta=tf.pad(batch.edge_beta, of_edges),
    )


def _round_up(count: int) -> int:
    """The next of 1, 1.25, 1.5 and 1.75 times a power of two, at most a quarter above `count`."""
    if count <= 4:
        return 4
    quarter = 1 << ((count - 1).bit_length() - 3)
    return -(-count // quarter) * quarter
