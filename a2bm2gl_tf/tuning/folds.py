"""What a search learns from and is judged by; the test split is in none of it."""

import dataclasses

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset


def without_test(dataset: Dataset) -> Dataset:
    """The same data with an empty test split, which is not even read."""
    return dataclasses.replace(dataset, test=sp.csr_matrix(dataset.train.shape, dtype=np.float32))


def cross_validation(dataset: Dataset, folds: int, seed: int) -> tuple[Dataset, ...]:
    """Parts a dataset's training and validation interactions for cross-validation.

    Each user's items are shuffled and dealt out to the folds in turn, beginning with a random one,
    so that the parts of a user differ by one item at most and those of all users together hardly.
    A user with fewer items than folds is not validated in some of them; one with a single item has
    nothing to learn from where that is validated.

    Args:
      dataset: without a test split.
      folds: n, at least 2.
      seed: integer seed of shuffles and beginnings.

    Returns:
      n datasets. The validation splits are disjoint and make up all interactions; each fold trains
      on what it does not validate.

    Raises:
      ValueError: if the dataset has test interactions.
    """
    if dataset.test.nnz:
        raise ValueError("cross-validation is for data without a test split")
    pool = (dataset.train + dataset.validation).tocsr()
    pool.sort_indices()
    fold_of = _deal(pool.indptr, folds, seed)
    return tuple(
        dataclasses.replace(
            dataset,
            train=_among(pool, fold_of != fold),
            validation=_among(pool, fold_of == fold),
            split=f"{dataset.split}; fold {fold + 1} of {folds} of its training and validation "
            f"interactions, seed {seed}",
        )
        for fold in range(folds)
    )


def _deal(indptr: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """The fold of each interaction, int64 (n,), in the order of the matrix."""
    rng = np.random.default_rng(seed)
    degrees = np.diff(indptr)
    users = np.repeat(np.arange(len(degrees)), degrees)
    # Sorted by user and then by chance, the places of a user's interactions are a shuffle of them.
    shuffled = np.lexsort((rng.random(len(users)), users))
    place = np.empty(len(users), np.int64)
    place[shuffled] = np.arange(len(users)) - indptr[users]
    return (place + rng.integers(folds, size=len(degrees))[users]) % folds


def _among(pool: sp.csr_matrix, kept: np.ndarray) -> sp.csr_matrix:
    indptr = np.concatenate([[0], np.cumsum(kept)])[pool.indptr]
    columns = pool.indices[kept]
    ones = np.ones(len(columns), np.float32)
    return sp.csr_matrix((ones, columns, indptr), shape=pool.shape)
