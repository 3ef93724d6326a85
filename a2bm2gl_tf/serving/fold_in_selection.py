"""The fold-in weights that suit a model, found on its own validation data."""

import dataclasses
import itertools
import logging

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.preparation.random_streams import random_stream
from a2bm2gl_tf.evaluation.evaluate import evaluate
from a2bm2gl_tf.evaluation.scoring import embedding_scores
from a2bm2gl_tf.serving.fold_in import FoldIn, fold_in_rows

_LOGGER = logging.getLogger(__name__)

NEGATIVE_WEIGHTS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
# Of each weight of the negatives: the two only matter against each other where both are large.
RIDGES_A_NEGATIVE_WEIGHT = (30.0, 100.0, 300.0, 1000.0, 3000.0)
# More users than these would not change the choice.
MOST_USERS = 2000
CUTOFF = 10


def validated_users(train: sp.csr_matrix, validation: sp.csr_matrix) -> np.ndarray:
    """Rows of users with items in both, ascending; 2,000 of them, drawn, where there are more."""
    users = np.flatnonzero((train.getnnz(axis=1) > 0) & (validation.getnnz(axis=1) > 0))
    if len(users) <= MOST_USERS:
        return users
    return np.sort(random_stream(0, 0).choice(users, MOST_USERS, replace=False))


@dataclasses.dataclass(frozen=True)
class FoldInChoice:
    """The best weights of a grid.

    Attributes:
      weights: those.
      ndcg: NDCG@10 that fold-in reaches with them on validation data; None where there are none.
      num_users: users it is the mean of.
    """

    weights: FoldIn
    ndcg: float | None
    num_users: int


def select_fold_in(
    item_embeddings: np.ndarray, train: sp.csr_matrix, validation: sp.csr_matrix
) -> FoldInChoice:
    """Folds trained users in from their training items and ranks their validation items.

    The items' embeddings must not have been trained on `validation`, or the weights that copy
    training best would win.

    Args:
      item_embeddings: E, float32 (V, d).
      train: CSR (U, V), what the embeddings were trained on.
      validation: CSR (U, V), disjoint from it.

    Returns:
      The weights with the highest NDCG@10 over the whole catalogue without training items, over at
      most 2,000 users; the defaults where nobody has items in both.
    """
    users = validated_users(train, validation)
    if not len(users):
        _LOGGER.info("no validation data: users will be folded in with %s", FoldIn())
        return FoldInChoice(FoldIn(), None, 0)
    train, validation = train[users], validation[users]
    lists = [train[row].indices for row in range(len(users))]
    cutoff = min(CUTOFF, train.shape[1])
    ndcg = {}
    for weight, ratio in itertools.product(NEGATIVE_WEIGHTS, RIDGES_A_NEGATIVE_WEIGHT):
        weights = FoldIn(weight, weight * ratio)
        rows = fold_in_rows(item_embeddings, lists, weights.penalty(item_embeddings))
        scores = embedding_scores(rows, item_embeddings)
        result = evaluate(scores, validation, train, (cutoff,), with_auc=False)
        ndcg[weights] = result.means[f"ndcg@{cutoff}"]
    best = max(ndcg, key=ndcg.get)
    _LOGGER.info("fold-in with %s: validation ndcg@%d %.4f", best, cutoff, ndcg[best])
    return FoldInChoice(best, ndcg[best], len(users))
