"""The best items of many users at once: the offline recommendation of a trained model."""

import functools
from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.grouped_top_k import (
    grouped_top_k,
    pad_items,
    product_specs,
    unseen_products,
)
from a2bm2gl_tf.evaluation.scoring import EmbeddingScores
from a2bm2gl_tf.evaluation.user_blocks import (
    cut_users,
    default_block_users,
    map_in_threads,
    places_of,
)


def top_k_items(
    scores: EmbeddingScores,
    seen: sp.csr_matrix | None,
    k: int,
    users: np.ndarray | None = None,
    block_users: int | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """The k items with the highest score E_u . E_v of each user, seen ones left out.

    Users are taken in blocks, a block a core at once, each on the device that TensorFlow prefers;
    no more than these blocks of scores is in memory. Ties go to the item in the lower row, as in
    tf.math.top_k. Blocks of other sizes may round the product differently.

    Args:
      scores: the embeddings.
      seen: CSR (U, V), non-zero at the items to leave out; None leaves out none.
      k: places a user, 1 to V.
      users: int (n,) user rows; None takes all.
      block_users: users a block; None takes what suits the machine.

    Returns:
      int32 (n, k) item rows, -1 in an empty place, and float32 (n, k) scores, -inf there. A place
      is empty where the user has fewer than k items left.

    Raises:
      UserError: k is out of range.
      ValueError: `seen` has another shape, or the embeddings are so large that scores overflow.
    """
    num_users, num_items = scores.users.shape[0], scores.items.shape[0]
    if not 1 <= k <= num_items:
        raise UserError(f"k = {k} is out of range: there are {num_items} items, give 1 to that")
    if seen is not None and seen.shape != (num_users, num_items):
        raise ValueError(f"seen items are {seen.shape}, not {(num_users, num_items)}")
    if not scores.always_finite:
        raise ValueError("scores of these embeddings overflow float32")
    users = np.arange(num_users) if users is None else np.asarray(users)
    rank = _ranker(scores.items.shape[1], num_items, k)
    padded_items = pad_items(scores.items)
    nothing = np.zeros((0, 2), np.int32)

    def of_block(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        places = nothing if seen is None else places_of(seen[block])
        best, items = rank(tf.gather(scores.users, block), padded_items, places)
        best, items = best.numpy(), items.numpy()
        items[np.isneginf(best)] = -1
        return items, best

    blocks = cut_users(users, block_users or default_block_users(num_items))
    done = map_in_threads(of_block, [(block,) for block in blocks])
    if not done:
        return np.zeros((0, k), np.int32), np.zeros((0, k), np.float32)
    return np.concatenate([d[0] for d in done]), np.concatenate([d[1] for d in done])


@functools.lru_cache(maxsize=8)
def _ranker(width: int, num_items: int, k: int) -> Callable:
    """A traced function of E_u (b, d), padded E_v and seen places to the k best of each row."""
    users, items = product_specs(width, num_items)

    @tf.function(input_signature=[users, items, tf.TensorSpec([None, 2], tf.int32)])
    def rank(users, items, places):
        return grouped_top_k(unseen_products(users, items, places, num_items), k)

    return rank
