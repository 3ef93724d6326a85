"""How many users, items and interactions there are: the columns of the paper's Table 1."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Size:
    """A row of Table 1.

    Attributes:
      users: users, or of a part those that occur in it.
      items: likewise.
      interactions: n.
      sparsity_percent: 100 (1 - n / (U V)) with U and V of the whole data, in percent.
    """

    users: int
    items: int
    interactions: int
    sparsity_percent: float


def whole_size(num_users: int, num_items: int, interactions: int) -> Size:
    """The size of data of U users and V items, both at least 1, whether they occur or not."""
    return Size(num_users, num_items, interactions, _sparsity(num_users, num_items, interactions))


def part_size(
    users: np.ndarray, items: np.ndarray, selected: np.ndarray, num_users: int, num_items: int
) -> Size:
    """The size of a part of the interactions.

    Args:
      users: integer (n,), rows of users.
      items: integer (n,), rows of items.
      selected: bool (n,), which interactions the part has.
      num_users: U of the whole data.
      num_items: V of the whole data.
    """
    interactions = int(np.count_nonzero(selected))
    return Size(
        int(np.count_nonzero(degrees(users[selected], num_users))),
        int(np.count_nonzero(degrees(items[selected], num_items))),
        interactions,
        _sparsity(num_users, num_items, interactions),
    )


def degrees(rows: np.ndarray, length: int) -> np.ndarray:
    """Interactions of each user or item, int64 (length,), from its row in each interaction."""
    return np.bincount(rows, minlength=length)


def _sparsity(num_users: int, num_items: int, interactions: int) -> float:
    return 100 * (1 - interactions / (num_users * num_items))
