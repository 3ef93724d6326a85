import numpy as np

from a2bm2gl_tf.data.synthesis.item_coverage import cover_items, draw_other_pairs
from a2bm2gl_tf.data.synthesis.planted_preferences import draw_preferences


def test_missing_items_replace_what_can_be_spared():
    preferences = draw_preferences(3, 5, np.random.default_rng(0))
    users = np.array([2, 2, 2, 0, 0, 1])
    items = np.array([0, 1, 2, 0, 2, 0])
    covered = cover_items(users, items, preferences, np.random.default_rng(0))
    assert set(covered.tolist()) == {0, 1, 2, 3, 4}
    assert (covered != items).sum() == 2
    assert len(set(zip(users.tolist(), covered.tolist(), strict=True))) == 6
    # Item 1 occurs once, so it stays where it was.
    assert covered[1] == 1
    np.testing.assert_array_equal(items, [0, 1, 2, 0, 2, 0])


def test_missing_items_go_to_those_who_like_them():
    rng = np.random.default_rng(1)
    preferences = draw_preferences(200, 60, rng)
    users = np.repeat(np.arange(200), 5)
    items = np.tile(np.arange(5), 200)  # 55 items are missing
    covered = cover_items(users, items, preferences, rng)
    assert len(np.unique(covered)) == 60
    new = covered != items
    assert new.sum() == 55
    gained = preferences.affinity(users[new], covered[new])
    assert (
        gained.mean() > preferences.affinity(rng.permutation(users)[:55], covered[new]).mean() + 3
    )


def test_other_pairs_are_new_and_spread():
    rng = np.random.default_rng(2)
    preferences = draw_preferences(20, 30, rng)
    known = rng.permutation(600)[:150]
    users, items = np.divmod(np.sort(known), 30)
    rows, columns = draw_other_pairs(users, items, 300, preferences, rng)
    codes = rows * 30 + columns
    assert len(np.unique(codes)) == len(codes) == 300
    assert not set(codes.tolist()) & set(known.tolist())
    # Every user who has interactions has others too, the last ones not fewer than the first.
    counts = np.bincount(rows, minlength=20)
    assert counts.min() > 0
    assert counts[10:].sum() > 100
