"""Random split of each user's interactions into training, validation and test data."""

import dataclasses

import numpy as np
import scipy.sparse as sp


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
    # PCG64 by name: default_rng may change its generator between NumPy releases.
    keys = np.random.Generator(np.random.PCG64(seed)).random(len(pairs))
    order = np.lexsort((keys, users))
    users, items = users[order], items[order]
    counts = np.bincount(users, minlength=shape[0])
    rank = np.arange(len(users)) - (np.cumsum(counts) - counts)[users]
    num_test = _held_out(counts, test_fraction)
    num_validation = _held_out(counts - num_test, validation_fraction)
    in_test = rank < num_test[users]
    in_validation = ~in_test & (rank < (num_test + num_validation)[users])
    in_train = ~(in_test | in_validation)
    recipe = (
        f"random per user: {test_fraction:g} test, then {validation_fraction:g} of the rest "
        f"validation; seed {seed}"
    )
    if duplicates:
        recipe += f"; {duplicates} repeated pairs merged"
    train, validation, test = (
        interaction_matrix(users[part], items[part], shape)
        for part in (in_train, in_validation, in_test)
    )
    return Split(train, validation, test, recipe)


def _held_out(counts: np.ndarray, fraction: float) -> np.ndarray:
    wanted = np.floor(fraction * counts + 0.5).astype(np.int64)
    return np.clip(wanted, 0, np.maximum(counts - 1, 0))
