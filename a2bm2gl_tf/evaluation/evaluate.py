"""Evaluation of one scoring function, blocked over users."""

import dataclasses
from collections.abc import Callable, Sequence
from numbers import Integral

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation import metrics
from a2bm2gl_tf.evaluation.auc import user_auc
from a2bm2gl_tf.evaluation.best_scores import best_score_counter
from a2bm2gl_tf.evaluation.pooled_auc import PooledAuc
from a2bm2gl_tf.evaluation.protocols import find_protocol
from a2bm2gl_tf.evaluation.ranks import RankCounts, count_ranks, join_counts
from a2bm2gl_tf.evaluation.scoring import EmbeddingScores, ScoreFn, checked_scores
from a2bm2gl_tf.evaluation.unseen_counts import count_among_unseen
from a2bm2gl_tf.evaluation.user_blocks import cut_users, default_block_users, map_in_threads

_METRICS = {
    "precision": metrics.precision,
    "recall": metrics.recall,
    "ndcg": metrics.ndcg,
    "hit_rate": metrics.hit_rate,
}


@dataclasses.dataclass(frozen=True)
class EvaluationResult:
    """What `evaluate` measured.

    Attributes:
      protocol: name of the candidate protocol, to be printed beside every number.
      users: int64 (n,), rows of the users with at least one positive, ascending.
      per_user: metric name -> float64 (n,): "precision@K", "recall@K", "ndcg@K", "hit_rate@K" for
        each K and, where asked for, "auc" (NaN for a user without negatives).
      means: the mean of each entry of `per_user`, "auc_pooled" beside "auc", and "num_users", n.
        The mean AUC leaves out users without negatives; NaN where no user has any.
      users_without_negatives: how many of the n users have no negative candidate.
    """

    protocol: str
    users: np.ndarray
    per_user: dict[str, np.ndarray]
    means: dict[str, float]
    users_without_negatives: int


def evaluate(
    score_fn: ScoreFn,
    positives: sp.csr_matrix,
    seen: sp.csr_matrix,
    ks: Sequence[int],
    protocol: str = "whole_catalogue",
    seed: int = 0,
    block_users: int | None = None,
    with_auc: bool = True,
) -> EvaluationResult:
    """Ranks every user's candidates and averages the metrics over the users with a positive.

    Ties are resolved in expectation over a uniformly random order; see `RankCounts`. Only a block
    of users x items a core is in memory at a time. Without the AUC, the whole catalogue is ranked
    at about the cost of the scores themselves; see `best_score_counter`. Given the same
    scores, the result is the same to the last bit for any `block_users`; `embedding_scores` itself
    may round differently by block size.

    Args:
      score_fn: scores of a block of users; called twice a block with `with_auc`.
      positives: CSR (U, V), non-zero at the items to find (a validation or test split).
      seen: CSR (U, V), non-zero at the items that are no candidates (the training split, say).
      ks: cut-offs K of the top-K metrics.
      protocol: one of `protocols.protocol_names()`.
      seed: integer of 0 or more for protocols that sample.
      block_users: users scored at once; None takes what suits the machine.
      with_auc: also computes "auc" and "auc_pooled".

    Returns:
      The metrics of each user and their means.

    Raises:
      UserError: a cut-off, the protocol or the seed is invalid, or no user has a positive.
      ValueError: the matrices differ in shape or overlap, or the scores are malformed or NaN.
    """
    if positives.shape != seen.shape:
        raise ValueError(f"positives are {positives.shape} but seen items are {seen.shape}")
    if block_users is not None and block_users < 1:
        raise ValueError(f"block_users = {block_users} is not a positive integer")
    num_items = positives.shape[1]
    cutoffs = _checked_cutoffs(ks, num_items)
    if seed < 0:
        raise UserError(f"--seed={seed}: give an integer of 0 or more")
    stream = _Stream(
        score_fn,
        _binary(positives),
        _binary(seen),
        protocol,
        seed,
        block_users,
    )
    if with_auc:
        counts, positive_scores = stream.rank_all()
    else:
        counts = stream.rank_best(max(cutoffs))
    per_user = {
        f"{name}@{k}": function(counts, k) for k in cutoffs for name, function in _METRICS.items()
    }
    means = {name: float(values.mean()) for name, values in per_user.items()}
    has_negatives = counts.num_candidates > counts.num_positives
    if with_auc:
        auc = user_auc(counts)
        per_user["auc"] = auc
        means["auc"] = float(auc[has_negatives].mean()) if has_negatives.any() else float("nan")
        means["auc_pooled"] = stream.pooled_auc(positive_scores)
    means["num_users"] = float(stream.users.size)
    return EvaluationResult(
        protocol, stream.users, per_user, means, int(np.count_nonzero(~has_negatives))
    )


class _Stream:
    """The users with a positive, block by block, with scores and candidates."""

    def __init__(
        self,
        score_fn: ScoreFn,
        positives: sp.csr_matrix,
        seen: sp.csr_matrix,
        protocol: str,
        seed: int,
        block_users: int | None,
    ):
        overlap = positives.multiply(seen).tocoo()
        if overlap.nnz:
            raise ValueError(
                f"item {overlap.col[0]} is both positive and seen for user row {overlap.row[0]}"
            )
        self.users = np.flatnonzero(np.diff(positives.indptr)).astype(np.int64)
        if not self.users.size:
            raise UserError(
                "no user has an item to find in the evaluated split: give data with a larger one"
            )
        self._score_fn = score_fn
        self._positives = positives
        self._seen = seen
        self._protocol = find_protocol(protocol)
        self._seed = seed
        self._num_items = positives.shape[1]
        self._block_users = block_users or default_block_users(self._num_items)
        # A function of the caller's need not bear being called twice at once.
        self._threads = None if isinstance(score_fn, EmbeddingScores) else 1

    def rank_best(self, largest_k: int) -> RankCounts:
        """Counts that suffice for metrics up to `largest_k`; see `best_score_counter`."""
        if not self._protocol.all_unseen:
            return self.rank_all()[0]
        count = best_score_counter(self._score_fn, self._num_items, largest_k)
        return join_counts(self._map(count))

    def rank_all(self) -> tuple[RankCounts, np.ndarray]:
        """The counts of all users and the float32 scores of all their positives."""
        blocks = self._map(self._rank_block)
        return join_counts([counts for counts, _ in blocks]), np.concatenate(
            [scores for _, scores in blocks]
        )

    def pooled_auc(self, positive_scores: np.ndarray) -> float:
        """The AUC over all pairs; a second pass, for negatives need all positives' scores."""
        pooled = PooledAuc(positive_scores)
        for users in cut_users(self.users, self._block_users):
            positives, seen = self._positives[users], self._seen[users]
            scores = checked_scores(self._score_fn, users, self._num_items)
            if self._protocol.all_unseen:
                pooled.add_negatives(scores)
                pooled.take_away(scores[positives.nonzero()])
                pooled.take_away(scores[seen.nonzero()])
            else:
                candidates = self._protocol(users, positives, seen, self._seed)
                candidates[positives.nonzero()] = False
                pooled.add_negatives(scores[candidates])
        return pooled.value()

    def _rank_block(
        self, users: np.ndarray, positives: sp.csr_matrix, seen: sp.csr_matrix
    ) -> tuple[RankCounts, np.ndarray]:
        scores = checked_scores(self._score_fn, users, self._num_items)
        if self._protocol.all_unseen:
            counts = count_among_unseen(scores, positives, seen)
        else:
            candidates = self._protocol(users, positives, seen, self._seed)
            counts = count_ranks(scores, positives, candidates)
        return counts, scores[positives.nonzero()]

    def _map(self, of_block: Callable) -> list:
        def of_users(users: np.ndarray):
            return of_block(users, self._positives[users], self._seen[users])

        blocks = [(users,) for users in cut_users(self.users, self._block_users)]
        return map_in_threads(of_users, blocks, self._threads)


def _checked_cutoffs(ks: Sequence[int], num_items: int) -> tuple[int, ...]:
    if not len(ks):
        raise UserError("--top_k is empty: give at least one positive integer")
    for k in ks:
        if isinstance(k, bool) or not isinstance(k, Integral) or k < 1:
            raise UserError(f"--top_k={k}: give positive integers")
        if k > num_items:
            raise UserError(f"--top_k={k}: the data has only {num_items} items, give at most that")
    return tuple(int(k) for k in ks)


def _binary(matrix: sp.csr_matrix) -> sp.csr_matrix:
    binary = sp.csr_matrix(matrix, copy=True)
    binary.sum_duplicates()
    binary.eliminate_zeros()
    binary.data = np.ones(binary.nnz, np.int8)
    return binary
