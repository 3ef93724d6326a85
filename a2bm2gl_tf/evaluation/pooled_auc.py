"""Area under the ROC curve over the pairs of all users at once, exactly and without a sort."""

import math

import numpy as np

from a2bm2gl_tf.evaluation.user_blocks import map_in_threads

# Buckets a distinct positive score: most hold none and settle a score at once.
_BUCKETS_PER_SCORE = 2
# Order-preserving keys of float32: the upper half tells which of 2^16 intervals a score is in.
_LOWER_BITS = 16
_INTERVALS = 1 << (32 - _LOWER_BITS)
# Scores looked at together: their keys and flags stay in a core's cache.
_CHUNK = 2**15
# Above this many positives a bucket, a binary search beats one comparison after the other.
_MAX_COMPARED = 6


class PooledAuc:
    """AUC over every pair of a positive and a negative candidate of any two users, streamed.

    A tied pair counts half. The positives' scores are kept; negatives come in blocks of any size
    and are forgotten, so memory is O(positives + block). Counts are integers, so the result does
    not depend on the blocks.

    The float32 numbers are cut, in order, into buckets that are finer where more positives are. A
    positive in a later bucket than a negative is above it, and only the few positives in the same
    bucket have to be compared with it.

    Args:
      positive_scores: float32 (P,), the scores of all positives of all users, without NaN.
    """

    def __init__(self, positive_scores: np.ndarray):
        scores, multiplicity = np.unique(positive_scores, return_counts=True)
        self._scores = scores
        self._num_positives = int(positive_scores.size)
        self._num_negatives = 0
        self._twice_right = 0
        # Weight of the first i distinct scores.
        self._weight_before = np.zeros(scores.size + 1, np.int32)
        np.cumsum(multiplicity, out=self._weight_before[1:])
        # An interval with p positives has 2 p buckets, one more than none, and at most all floats.
        intervals = np.bincount(_keys(scores) >> _LOWER_BITS, minlength=_INTERVALS)
        widths = np.clip(_BUCKETS_PER_SCORE * intervals, 1, (1 << _LOWER_BITS) - 1)
        self._widths = widths.astype(np.uint32)
        self._offsets = (np.cumsum(widths) - widths).astype(np.uint32)
        buckets = int(widths.sum())
        occupancy = np.bincount(self._buckets(scores), minlength=buckets)
        # Narrow tables stay in the cache; no data set has 2^31 positives.
        self._first = np.zeros(buckets + 1, np.int32)
        np.cumsum(occupancy, out=self._first[1:])
        self._weight_above = (self._num_positives - self._weight_before)[self._first[1:]]
        self._occupied = occupancy > 0

    def add_negatives(self, scores: np.ndarray) -> None:
        """Counts a block of negatives.

        Args:
          scores: float32, any shape, without NaN, compared with the positives as they are.
        """
        self._add(scores, 1)

    def take_away(self, scores: np.ndarray) -> None:
        """Takes back scores that were counted among negatives and are none; as `add_negatives`."""
        self._add(scores, -1)

    def value(self) -> float:
        """The AUC of what was counted; NaN without negatives."""
        twice_pairs = 2 * self._num_positives * self._num_negatives
        return self._twice_right / twice_pairs if twice_pairs else math.nan

    def _add(self, scores: np.ndarray, sign: int) -> None:
        flat = scores.reshape(-1)
        chunks = [(flat[start : start + _CHUNK],) for start in range(0, flat.size, _CHUNK)]
        self._twice_right += sign * sum(map_in_threads(self._count, chunks))
        self._num_negatives += sign * flat.size

    def _buckets(self, scores: np.ndarray) -> np.ndarray:
        keys = _keys(scores)
        intervals = keys >> _LOWER_BITS
        keys &= (1 << _LOWER_BITS) - 1
        keys *= self._widths[intervals]
        keys >>= _LOWER_BITS
        keys += self._offsets[intervals]
        return keys

    def _count(self, scores: np.ndarray) -> int:
        buckets = self._buckets(scores)
        twice_right = 2 * int(self._weight_above[buckets].sum(dtype=np.int64))
        open_pairs = np.flatnonzero(self._occupied[buckets])
        scores, buckets = scores[open_pairs], buckets[open_pairs]
        first, last = self._first[buckets], self._first[buckets + 1]
        crowded = last - first > _MAX_COMPARED
        if crowded.any():
            twice_right += self._search(scores[crowded], last[crowded])
            few = ~crowded
            scores, first, last = scores[few], first[few], last[few]
        while scores.size:
            positive = self._scores[first]
            weight = self._weight_before[first + 1] - self._weight_before[first]
            twice_right += 2 * int(weight[positive > scores].sum(dtype=np.int64))
            twice_right += int(weight[positive == scores].sum(dtype=np.int64))
            first += 1
            left = first < last
            scores, first, last = scores[left], first[left], last[left]
        return twice_right

    def _search(self, scores: np.ndarray, last: np.ndarray) -> int:
        not_below = np.searchsorted(self._scores, scores, side="left")
        above = np.searchsorted(self._scores, scores, side="right")
        weight = self._weight_before
        return int(
            (2 * weight[last].astype(np.int64) - weight[above] - weight[not_below]).sum(
                dtype=np.int64
            )
        )


def _keys(scores: np.ndarray) -> np.ndarray:
    """Unsigned integers in the order of the scores, equal where the scores are: uint32."""
    bits = (scores + np.float32(0)).view(np.int32)  # -0 becomes 0
    # All bits of a negative number are flipped, of any other the sign alone.
    return (bits ^ ((bits >> 31) | np.int32(-(2**31)))).view(np.uint32)
