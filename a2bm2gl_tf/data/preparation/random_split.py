"""Random split of each user's interactions into training, validation and test data."""

import dataclasses

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION
from a2bm2gl_tf.data.preparation.random_streams import stream


@dataclasses.dataclass(frozen=True)
class Split:
    """Three disjoint parts of a set of interactions.

    Attributes:
      train: float32 CSR (U, V) of ones, sorted indices.
      validation: likewise.
      test: likewise.
      recipe: one line that says how they were made.
    """

    train: sp.csr_matrix
    validation: sp.csr_matrix
    test: sp.csr_matrix
    recipe: str


def interaction_matrix(
    users: np.ndarray, items: np.ndarray, shape: tuple[int, int]
) -> sp.csr_matrix:
    """Builds a float32 CSR of ones with sorted indices; repeated pairs count once.

    Args:
      users: integer (n,) row numbers.
      items: integer (n,) column numbers.
      shape: (U, V).
    """
    matrix = sp.csr_matrix((np.ones(len(users), np.float32), (users, items)), shape=shape)
    matrix.sum_duplicates()
    matrix.data.fill(1)
    return matrix


def split_per_user(
    users: np.ndarray,
    items: np.ndarray,
    shape: tuple[int, int],
    *,
    test_fraction: float,
    validation_fraction: float,
    seed: int,
) -> Split:
    """Holds out a random part of each user's interactions (section 4.1 holds out 20%).

    A user with n different items gives min(floor(test_fraction n + 1/2), n - 1) of them to test
    data; of the r left, min(floor(validation_fraction r + 1/2), r - 1) go to validation data. So
    every user keeps an item to train on, and a user with a single one only that. Repeated pairs
    count once. The result does not depend on the order of the input.

    Args:
      users: integer (n,) row numbers.
      items: integer (n,) column numbers.
      shape: (U, V).
      test_fraction: in (0, 1).
      validation_fraction: in (0, 1), of what test data leaves.
      seed: seed of the draw.

    Returns:
      The split.
    """
    pairs = np.unique(users.astype(np.int64) * shape[1] + items)
    duplicates = len(users) - len(pairs)
    users, items = pairs // shape[1], pairs % shape[1]
    parts = random_parts(
        users,
        shape[0],
        test_fraction=test_fraction,
        validation_fraction=validation_fraction,
        seed=seed,
    )
    recipe = random_recipe(test_fraction, validation_fraction, seed)
    if duplicates:
        recipe += f"; {duplicates} repeated pairs merged"
    train, validation, test = (
        interaction_matrix(users[parts == part], items[parts == part], shape)
        for part in (TRAIN, VALIDATION, TEST)
    )
    return Split(train, validation, test, recipe)


def random_parts(
    users: np.ndarray,
    num_users: int,
    *,
    test_fraction: float,
    validation_fraction: float,
    seed: int,
) -> np.ndarray:
    """The part of each record under the rule of `split_per_user`.

    Args:
      users: integer (n,) row numbers of records sorted by user and item, none twice.
      num_users: U.
      test_fraction: in (0, 1).
      validation_fraction: in (0, 1), of what test data leaves.
      seed: seed of the draw.

    Returns:
      uint8 (n,) of `TRAIN`, `VALIDATION` and `TEST`.
    """
    ranks = rank_within_users(users, num_users, stream(seed, "split").random(len(users)))
    return parts_of_ranks(users, num_users, ranks, test_fraction, validation_fraction)


def random_recipe(test_fraction: float, validation_fraction: float, seed: int) -> str:
    """One line on `random_parts`."""
    return (
        f"random per user: {test_fraction:g} test, then {validation_fraction:g} of the rest "
        f"validation; seed {seed}"
    )


def rank_within_users(users: np.ndarray, num_users: int, *keys: np.ndarray) -> np.ndarray:
    """Place of each record among its user's, from 0, in ascending order of keys.

    Args:
      users: integer (n,) row numbers, in any order.
      num_users: U.
      *keys: (n,) each; an earlier key decides before a later one.

    Returns:
      int64 (n,).
    """
    order = np.lexsort((*keys[::-1], users))
    counts = np.bincount(users, minlength=num_users)
    ranks = np.empty(len(users), np.int64)
    ranks[order] = np.arange(len(users)) - (np.cumsum(counts) - counts)[users[order]]
    return ranks


def parts_of_ranks(
    users: np.ndarray,
    num_users: int,
    ranks: np.ndarray,
    test_fraction: float,
    validation_fraction: float,
) -> np.ndarray:
    """Test data are the first of each user's records, validation data the next, by `held_out`.

    Args:
      users: integer (n,) row numbers.
      num_users: U.
      ranks: integer (n,), place of each record among its user's.
      test_fraction: in [0, 1).
      validation_fraction: in [0, 1), of what test data leaves.

    Returns:
      uint8 (n,) of `TRAIN`, `VALIDATION` and `TEST`.
    """
    counts = np.bincount(users, minlength=num_users)
    num_test = held_out(counts, test_fraction)
    num_validation = held_out(counts - num_test, validation_fraction)
    parts = np.full(len(users), TRAIN, np.uint8)
    parts[ranks < (num_test + num_validation)[users]] = VALIDATION
    parts[ranks < num_test[users]] = TEST
    return parts


def held_out(counts: np.ndarray, fraction: float) -> np.ndarray:
    """min(floor(fraction n + 1/2), n - 1) of each count n, and 0 of 0: one always stays."""
    wanted = np.floor(fraction * counts + 0.5).astype(np.int64)
    return np.clip(wanted, 0, np.maximum(counts - 1, 0))
