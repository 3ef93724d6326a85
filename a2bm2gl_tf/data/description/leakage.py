"""What a test could know from training, and what it cannot: checks of one split."""

import dataclasses

import numpy as np

from a2bm2gl_tf.data.description.sizes import degrees
from a2bm2gl_tf.data.formats.raw import TEST, TRAIN

_NUM_PARTS = 3


@dataclasses.dataclass(frozen=True)
class TimeOrder:
    """Test interactions that are older than training interactions.

    Attributes:
      records: test interactions earlier than the latest training interaction of the same user.
      users: users who have such.
      records_overall: test interactions earlier than the latest training interaction of anyone.
    """

    records: int
    users: int
    records_overall: int


@dataclasses.dataclass(frozen=True)
class Unseen:
    """Users, or items, of test interactions that have no training interaction.

    Attributes:
      count: how many users or items.
      records: test interactions that are theirs.
    """

    count: int
    records: int


def count_repeated_pairs(users: np.ndarray, items: np.ndarray) -> int:
    """Interactions whose pair of user and item has occurred before.

    Args:
      users: integer (n,), rows of users.
      items: integer (n,), rows of items.
    """
    return len(users) - len(np.unique(_codes(users, items)))


def count_pairs_in_several_parts(users: np.ndarray, items: np.ndarray, parts: np.ndarray) -> int:
    """Pairs of user and item that occur in more than one part.

    Args:
      users: integer (n,), rows of users.
      items: integer (n,), rows of items.
      parts: uint8 (n,), the part of each interaction.
    """
    pairs_and_parts = np.unique(_codes(users, items) * _NUM_PARTS + parts)
    parts_of_pairs = np.unique(pairs_and_parts // _NUM_PARTS, return_counts=True)[1]
    return int(np.count_nonzero(parts_of_pairs > 1))


def check_time_order(
    users: np.ndarray, times: np.ndarray, parts: np.ndarray, num_users: int
) -> TimeOrder:
    """Compares the times of test interactions with those of training.

    Users without a training interaction have nothing to compare with.

    Args:
      users: integer (n,), rows of users.
      times: int64 (n,).
      parts: uint8 (n,), the part of each interaction.
      num_users: U.
    """
    training, test = parts == TRAIN, parts == TEST
    earliest = np.iinfo(np.int64).min
    latest = np.full(num_users, earliest)
    np.maximum.at(latest, users[training], times[training])
    older = times[test] < latest[users[test]]
    return TimeOrder(
        records=int(older.sum()),
        users=len(np.unique(users[test][older])),
        records_overall=int((times[test] < latest.max(initial=earliest)).sum()),
    )


def count_unseen(rows: np.ndarray, parts: np.ndarray, length: int) -> Unseen:
    """Users, or items, that are tested but not trained on.

    Args:
      rows: integer (n,), rows of users, or of items.
      parts: uint8 (n,), the part of each interaction.
      length: U or V.
    """
    trained = degrees(rows[parts == TRAIN], length) > 0
    tested = degrees(rows[parts == TEST], length)
    unseen = ~trained & (tested > 0)
    return Unseen(count=int(unseen.sum()), records=int(tested[unseen].sum()))


def _codes(users: np.ndarray, items: np.ndarray) -> np.ndarray:
    width = int(items.max(initial=0)) + 1
    return users.astype(np.int64) * width + items
