"""The mean score of each user's positive and negative items, blocked over users."""

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.evaluation.scoring import ScoreFn, checked_scores
from a2bm2gl_tf.evaluation.user_blocks import cut_users, default_block_users

COLUMNS = ("training", "test", "negative")


def mean_scores(
    score_fn: ScoreFn,
    train: sp.csr_matrix,
    validation: sp.csr_matrix,
    test: sp.csr_matrix,
    block_users: int | None = None,
) -> np.ndarray:
    """Mean scores of each user's training items, test items and negatives.

    Args:
      score_fn: scores of a block of users.
      train: CSR (U, V), what the model has learned from.
      validation: CSR (U, V), disjoint from the others; its items are neither kind.
      test: likewise.
      block_users: users scored at once; None takes what suits the machine.

    Returns:
      float64 (U, 3), the columns `COLUMNS`; NaN where a user has no such item.

    Raises:
      ValueError: the scores are malformed or NaN.
    """
    num_users, num_items = train.shape
    parts = [train, test, (train + validation + test).tocsr()]
    means = np.empty((num_users, len(COLUMNS)))
    block_users = block_users or default_block_users(num_items)
    for rows in cut_users(np.arange(num_users), block_users):
        scores = checked_scores(score_fn, rows, num_items).astype(np.float64)
        sums, counts = zip(*(_sums(part[rows], scores) for part in parts), strict=True)
        sums = np.stack([*sums[:2], scores.sum(axis=1) - sums[2]], axis=1)
        counts = np.stack([*counts[:2], num_items - counts[2]], axis=1)
        with np.errstate(invalid="ignore"):
            means[rows] = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    return means


def _sums(part: sp.csr_matrix, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sum of the scores at a block's interactions, and their number, each (b,)."""
    counts = np.diff(part.indptr)
    rows = np.repeat(np.arange(len(counts)), counts)
    return np.bincount(rows, scores[rows, part.indices], minlength=len(counts)), counts
