import numpy as np
import pytest

from a2bm2gl_tf.data.description.leakage import (
    TimeOrder,
    Unseen,
    check_time_order,
    count_pairs_in_several_parts,
    count_repeated_pairs,
    count_unseen,
)

USERS = np.array([0, 0, 0, 1, 1, 2], np.int32)
ITEMS = np.array([0, 1, 2, 0, 3, 3], np.int32)
PARTS = np.array([0, 0, 2, 0, 2, 2], np.uint8)


def test_clean_pairs():
    assert count_repeated_pairs(USERS, ITEMS) == 0
    assert count_pairs_in_several_parts(USERS, ITEMS, PARTS) == 0


@pytest.mark.parametrize(
    ("pair", "part", "repeated", "leaked"),
    [
        ((0, 0), 2, 1, 1),
        ((0, 0), 1, 1, 1),
        # The pair is twice in training: repeated, but in one part.
        ((0, 0), 0, 1, 0),
        # Item 1 of user 1 and item 0 of user 1 are not item 1 of user 0.
        ((1, 1), 2, 0, 0),
    ],
)
def test_a_planted_pair_is_found(pair, part, repeated, leaked):
    users, items = np.append(USERS, pair[0]), np.append(ITEMS, pair[1])
    parts = np.append(PARTS, np.uint8(part))
    assert count_repeated_pairs(users, items) == repeated
    assert count_pairs_in_several_parts(users, items, parts) == leaked


def test_a_pair_in_three_parts_is_one_pair():
    same = np.zeros(3, np.int32)
    assert count_pairs_in_several_parts(same, same, np.array([0, 1, 2], np.uint8)) == 1


def test_time_order_by_hand():
    # User 0 trains at 10 and 30 and is tested at 20: older. User 1 trains at 40 and is tested at
    # 40: not older. User 2 has no training; at 35 it is older than user 1's 40.
    times = np.array([10, 30, 20, 40, 40, 35])
    assert check_time_order(USERS, times, PARTS, 3) == TimeOrder(1, 1, 2)
    in_order = np.array([10, 30, 50, 40, 60, 70])
    assert check_time_order(USERS, in_order, PARTS, 3) == TimeOrder(0, 0, 0)


def test_validation_is_neither_training_nor_test():
    parts = np.array([0, 1, 2, 0, 2, 2], np.uint8)
    times = np.array([10, 99, 20, 15, 40, 35])
    assert check_time_order(USERS, times, parts, 3) == TimeOrder(0, 0, 0)


def test_unseen_by_hand():
    assert count_unseen(USERS, PARTS, 3) == Unseen(count=1, records=1)
    # Items 2 and 3 are tested without training, item 3 twice; item 4 does not occur.
    assert count_unseen(ITEMS, PARTS, 5) == Unseen(count=2, records=3)
