"""The boundaries that a trained adaptive loss has for each user."""

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.losses.adaptive import AdaptiveLoss
from a2bm2gl_tf.training.batches import UserBatches

_BLOCK_USERS = 512


def user_boundaries(
    loss: AdaptiveLoss,
    users: tf.Tensor,
    items: tf.Tensor,
    train: sp.csr_matrix,
    block_users: int = _BLOCK_USERS,
) -> np.ndarray:
    """B_u^up and B_u^low (Eq. 9) of every user, from all of its training items.

    Args:
      loss: with the weights of the training.
      users: E_u, float32 (U, d).
      items: E_v, float32 (V, d).
      train: CSR (U, V) that the model was trained on.
      block_users: users computed at once.

    Returns:
      float32 (U, 2); NaN for a user without a training item, whom the loss has never met.

    Raises:
      ValueError: if no user has a training item.
    """
    batches = UserBatches(train, block_users, 0)
    found = np.full((train.shape[0], 2), np.nan, np.float32)
    known = np.flatnonzero(train.getnnz(axis=1))
    for start in range(0, len(known), block_users):
        rows = known[start : start + block_users]
        batch = batches.of_users(rows)
        pair = loss.boundaries(tf.gather(users, rows), items, batch)
        found[rows] = np.stack([side.numpy() for side in pair], axis=1)
    return found
