"""Where scores come from: one function from user rows to a block of scores."""

from collections.abc import Callable

import numpy as np

# User rows, int (b,), to float32 scores (b, V). It is called twice with the same rows where the
# pooled AUC is asked for, and must then return the same scores.
ScoreFn = Callable[[np.ndarray], np.ndarray]


def embedding_scores(user_embeddings: np.ndarray, item_embeddings: np.ndarray) -> ScoreFn:
    """The score E_u . E_v of every item for a block of users.

    A matrix product may round differently for blocks of different sizes, so two evaluations with
    these scores agree bit for bit only at the same block size.

    Args:
      user_embeddings: E_u, (U, d), cast to float32.
      item_embeddings: E_v, (V, d), likewise.

    Returns:
      The scoring function.

    Raises:
      ValueError: the two are not matrices of one width.
    """
    users = np.asarray(user_embeddings, np.float32)
    items = np.asarray(item_embeddings, np.float32)
    if users.ndim != 2 or items.ndim != 2 or users.shape[1] != items.shape[1]:
        raise ValueError(f"embeddings of shapes {users.shape} and {items.shape} have no product")

    def score(rows: np.ndarray) -> np.ndarray:
        return users[rows] @ items.T

    return score


def checked_scores(score_fn: ScoreFn, users: np.ndarray, num_items: int) -> np.ndarray:
    """Scores a block of users and refuses what cannot be ranked.

    Args:
      score_fn: the scoring function.
      users: int (b,) user rows.
      num_items: V.

    Returns:
      float32 (b, V); infinite scores are allowed.

    Raises:
      ValueError: the scores have another shape or dtype, or a user has a NaN score.
    """
    scores = np.asarray(score_fn(users))
    if scores.dtype != np.float32 or scores.shape != (users.size, num_items):
        raise ValueError(
            f"scores are {scores.dtype} {scores.shape}, not float32 {(users.size, num_items)}"
        )
    # A maximum is NaN exactly where its row holds one, and needs no matrix of flags.
    undefined = np.isnan(scores.max(axis=1))
    if undefined.any():
        raise ValueError(f"user row {users[np.argmax(undefined)]} has a NaN score")
    return scores
