"""Where scores come from: one function from user rows to a block of scores."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.errors import UndefinedScoreError

# User rows, int (b,), to float32 scores (b, V). It is called twice with the same rows where the
# pooled AUC is asked for, and must then return the same scores.
ScoreFn = Callable[[np.ndarray], np.ndarray]


class EmbeddingScores:
    """The score E_u . E_v of every item for a block of users. A `ScoreFn`.

    A matrix product may round differently for blocks of different sizes, so two evaluations with
    these scores agree bit for bit only at the same block size. Evaluation reads the embeddings
    themselves where it can rank without bringing a block of scores to the host.

    Args:
      users: E_u, (U, d), cast to float32.
      items: E_v, (V, d), likewise.

    Attributes:
      users: E_u, float32 tensor (U, d).
      items: E_v, float32 tensor (V, d).
      always_finite: whether no score can overflow or be NaN, so that none need be looked at.

    Raises:
      ValueError: the two are not matrices of one width.
    """

    def __init__(self, users: np.ndarray, items: np.ndarray):
        users, items = np.asarray(users, np.float32), np.asarray(items, np.float32)
        if users.ndim != 2 or items.ndim != 2 or users.shape[1] != items.shape[1]:
            raise ValueError(
                f"embeddings of shapes {users.shape} and {items.shape} have no product"
            )
        self.users, self.items = tf.constant(users), tf.constant(items)
        # |E_u . E_v|, and every partial sum of it, is at most the product of the norms.
        bound = _largest_norm(users) * _largest_norm(items)
        self.always_finite = bound < float(np.finfo(np.float32).max)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Scores a block of users.

        Args:
          rows: int (b,) user rows.

        Returns:
          float32 (b, V).
        """
        users = tf.gather(self.users, rows)
        return np.asarray(memoryview(tf.matmul(users, self.items, transpose_b=True)))


def embedding_scores(user_embeddings: np.ndarray, item_embeddings: np.ndarray) -> EmbeddingScores:
    """The scores of a model's embeddings; see `EmbeddingScores`."""
    return EmbeddingScores(user_embeddings, item_embeddings)


def checked_scores(score_fn: ScoreFn, users: np.ndarray, num_items: int) -> np.ndarray:
    """Scores a block of users and refuses what cannot be ranked.

    Args:
      score_fn: the scoring function.
      users: int (b,) user rows.
      num_items: V.

    Returns:
      float32 (b, V); infinite scores are allowed.

    Raises:
      ValueError: the scores have another shape or dtype.
      UndefinedScoreError: a user has a NaN score.
    """
    scores = np.asarray(score_fn(users))
    if scores.dtype != np.float32 or scores.shape != (users.size, num_items):
        raise ValueError(
            f"scores are {scores.dtype} {scores.shape}, not float32 {(users.size, num_items)}"
        )
    if isinstance(score_fn, EmbeddingScores) and score_fn.always_finite:
        return scores
    # A maximum is NaN exactly where its row holds one, and needs no matrix of flags.
    undefined = np.isnan(scores.max(axis=1))
    if undefined.any():
        raise UndefinedScoreError(
            f"user row {users[np.argmax(undefined)]} has a NaN score: the model's weights are too "
            "large to be multiplied; train it again with a lower --learning_rate"
        )
    return scores


def _largest_norm(rows: np.ndarray) -> float:
    return float(np.linalg.norm(rows.astype(np.float64), axis=1).max(initial=0.0))
