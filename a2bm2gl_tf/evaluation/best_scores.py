"""Rank counts from the best scores alone: all that metrics at K need to know."""

import functools
from collections.abc import Callable

import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.evaluation.grouped_top_k import (
    grouped_top_k,
    mask_places,
    pad_items,
    product_specs,
    unseen_products,
)
from a2bm2gl_tf.evaluation.ranks import RankCounts
from a2bm2gl_tf.evaluation.scoring import EmbeddingScores, ScoreFn, checked_scores
from a2bm2gl_tf.evaluation.user_blocks import places_of

# (user rows (b,), positives CSR (b, V), seen CSR (b, V)) -> the block's counts.
CountBlock = Callable[[np.ndarray, sp.csr_matrix, sp.csr_matrix], RankCounts]

_PLACES = tf.TensorSpec([None, 2], tf.int32)


def best_score_counter(score_fn: ScoreFn, num_items: int, largest_k: int) -> CountBlock:
    """Counts that give every metric at K <= `largest_k` exactly, among the unseen items.

    A positive with K or more candidates above it adds nothing to any metric at K. So the
    `largest_k` + 1 best scores of a user tell g of every positive that matters, and e too, unless
    a tie reaches over the end of that list; then the whole row is counted. Where g is
    `largest_k` or more, `above` only says so, and `tied` is 1. Nothing else leaves the device.

    Args:
      score_fn: scores of a block of users; the product of `EmbeddingScores` is taken right here.
      num_items: V.
      largest_k: the largest cut-off, 1 to V.

    Returns:
      The counting function. It raises ValueError where a user has a NaN score.
    """
    length = min(largest_k + 1, num_items)
    if isinstance(score_fn, EmbeddingScores) and score_fn.always_finite:
        users, items = score_fn.users, pad_items(score_fn.items)
        read_product = _product_reader(users.shape[1], num_items, length)

        def read(rows: np.ndarray, *places: np.ndarray) -> tuple:
            return read_product(tf.gather(users, rows), items, *places)
    else:
        read_scores = _scores_reader(num_items, length)

        def read(rows: np.ndarray, *places: np.ndarray) -> tuple:
            return read_scores(
                tf.convert_to_tensor(checked_scores(score_fn, rows, num_items)), *places
            )

    def count(rows: np.ndarray, positives: sp.csr_matrix, seen: sp.csr_matrix) -> RankCounts:
        places = places_of(positives)
        answer = read(rows, places_of(seen), places)
        best, tied_at_end, scores = (value.numpy() for value in answer)
        return _counts(best, tied_at_end, scores, places[:, 0], positives, seen, largest_k)

    return count


# Traced once for each shape of the data: validation comes back every few epochs.
@functools.lru_cache(maxsize=8)
def _product_reader(width: int, num_items: int, length: int) -> Callable:
    """A function of E_u (b, d), padded E_v and two lists of places; see `_read`."""

    @tf.function(input_signature=[*product_specs(width, num_items), _PLACES, _PLACES])
    def read(users, items, seen_places, positive_places):
        # No score of finite embeddings is -inf: what is padding or seen ties with no candidate.
        scores = unseen_products(users, items, seen_places, num_items)
        return _read(scores, positive_places, length)

    return read


@functools.lru_cache(maxsize=8)
def _scores_reader(num_items: int, length: int) -> Callable:
    """A function of scores (b, V) and two lists of places; see `_read`."""

    @tf.function(input_signature=[tf.TensorSpec([None, num_items], tf.float32), _PLACES, _PLACES])
    def read(scores, seen_places, positive_places):
        return _read(mask_places(scores, seen_places), positive_places, length)

    return read


def _read(
    scores: tf.Tensor, positive_places: tf.Tensor, length: int
) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Best scores (b, length), ties with the last of them (b,), scores of the positives (P,)."""
    best, _ = grouped_top_k(scores, length)
    last = best[:, -1:]
    tied = tf.reduce_any(best[:, -2:-1] == last) if length > 1 else tf.constant(True)
    # Rare but where scores are few numbers: reading every score again is not for each block.
    tied_at_end = tf.cond(
        tied,
        lambda: tf.math.count_nonzero(scores == last, axis=1, dtype=tf.int32),
        lambda: tf.ones_like(last[:, 0], tf.int32),
    )
    return best, tied_at_end, tf.gather_nd(scores, positive_places)


def _counts(
    best: np.ndarray,
    tied_at_end: np.ndarray,
    positive_scores: np.ndarray,
    row: np.ndarray,
    positives: sp.csr_matrix,
    seen: sp.csr_matrix,
    largest_k: int,
) -> RankCounts:
    above = np.zeros(row.size, np.int64)
    tied = np.zeros(row.size, np.int64)
    # One place of the list at a time: no array of positives x places.
    for place in range(best.shape[1]):
        of_place = best[row, place]
        above += of_place > positive_scores
        tied += of_place == positive_scores
    at_end = best[row, -1] == positive_scores
    tied[at_end] = tied_at_end[row[at_end]]
    num_seen = np.diff(seen.indptr).astype(np.int64)
    # Seen items were given -inf, and tie with a candidate of that score.
    lowest = np.isneginf(positive_scores)
    tied[lowest] -= num_seen[row[lowest]]
    tied[above >= largest_k] = 1
    num_positives = np.diff(positives.indptr).astype(np.int64)
    return RankCounts(above, tied, num_positives, seen.shape[1] - num_seen)
