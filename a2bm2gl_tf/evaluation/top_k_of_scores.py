"""The best items of many users by any scores."""

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.scoring import EmbeddingScores, ScoreFn, checked_scores
from a2bm2gl_tf.evaluation.top_k import top_k_items
from a2bm2gl_tf.evaluation.user_blocks import cut_users, default_block_users, places_of


def top_k_of_scores(
    score_fn: ScoreFn,
    seen: sp.csr_matrix | None,
    k: int,
    users: np.ndarray,
    num_items: int,
) -> tuple[np.ndarray, np.ndarray]:
    """The k items with the highest score of each user, seen ones left out.

    Args:
      score_fn: scores of a block of users; products of embeddings take the path of `top_k_items`.
      seen: CSR (U, V), non-zero at the items to leave out; None leaves out none.
      k: places a user, 1 to V.
      users: int (n,) user rows.
      num_items: V.

    Returns:
      int32 (n, k) item rows, -1 in an empty place, and float32 (n, k) scores, -inf there. Ties go
      to the item in the lower row.

    Raises:
      UserError: k is out of range.
      ValueError: the scores are malformed or NaN.
    """
    users = np.asarray(users)
    if isinstance(score_fn, EmbeddingScores):
        return top_k_items(score_fn, seen, k, users)
    if not 1 <= k <= num_items:
        raise UserError(f"k = {k} is out of range: there are {num_items} items, give 1 to that")
    items = np.full((users.size, k), -1, np.int32)
    best = np.full((users.size, k), -np.inf, np.float32)
    first = 0
    for block in cut_users(users, default_block_users(num_items)):
        scores = np.array(checked_scores(score_fn, block, num_items))
        if seen is not None:
            scores[tuple(places_of(seen[block]).T)] = -np.inf
        # Stable, so that the lower row of equal scores comes first.
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        rows = slice(first, first + block.size)
        best[rows] = np.take_along_axis(scores, order, axis=1)
        items[rows] = np.where(np.isneginf(best[rows]), -1, order)
        first += block.size
    return items, best
