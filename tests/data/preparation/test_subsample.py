import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2bm2gl_tf.data.formats.raw import Interactions
from a2bm2gl_tf.data.preparation.subsample import _edge_cover, subsample
from a2bm2gl_tf.errors import UserError


def _dense(num_users=60, num_items=80, share=0.3, seed=1):
    users, items = np.nonzero(np.random.default_rng(seed).random((num_users, num_items)) < share)
    return Interactions(
        np.arange(num_users), np.arange(num_items), users.astype(np.int32), items.astype(np.int32)
    )


def _sizes(data):
    return len(set(data.users.tolist())), len(set(data.items.tolist())), len(data)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("wanted", [(20, 30, 60), (20, 70, 100), (40, 25, 200), (60, 80, 80)])
def test_numbers_are_met_exactly_where_they_can_be(wanted, seed):
    drawn, details = subsample(_dense(), *wanted, seed)
    assert _sizes(drawn) == wanted
    assert details == {"wanted": dict(zip(("users", "items", "interactions"), wanted, strict=True))}


@pytest.mark.parametrize("seed", range(5))
def test_items_are_chosen_so_that_no_user_is_lost(seed):
    # Thirty users with an item of their own and one of three that ten users share.
    users = np.repeat(np.arange(30, dtype=np.int32), 2)
    items = np.stack([np.arange(30) % 3, np.arange(30) + 3], axis=1).ravel().astype(np.int32)
    drawn, _ = subsample(
        Interactions(np.arange(30), np.arange(33), users, items), 30, 5, None, seed
    )
    assert _sizes(drawn) == (30, 5, 32)


def test_numbers_out_of_reach_come_out_smaller():
    # Every user has an item of its own and no other: three items cannot serve five users.
    rows = np.arange(5, dtype=np.int32)
    data = Interactions(np.arange(5), np.arange(5), rows, rows)
    assert _sizes(subsample(data, 5, 3, None, 0)[0]) == (3, 3, 3)
    # Two records cannot touch five users.
    assert _sizes(subsample(data, None, None, 2, 0)[0]) == (2, 2, 2)
    with pytest.raises(UserError, match=r"--num_users=6: only 5 users"):
        subsample(data, 6, None, None, 0)
    with pytest.raises(UserError, match=r"--num_interactions=9: only 5 interactions"):
        subsample(data, None, None, 9, 0)


def test_draws_are_seeded_sorted_subsets():
    data = _dense()
    one, again, other = (subsample(data, 20, 30, 100, seed)[0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.users, again.users)
    np.testing.assert_array_equal(one.items, again.items)
    assert one.users.tolist() != other.users.tolist()
    keys = one.users.astype(int) * 80 + one.items
    assert (np.diff(keys) > 0).all()
    assert set(keys) <= set(data.users.astype(int) * 80 + data.items)


def test_users_are_drawn_uniformly():
    data = _dense(num_users=10)
    drawn = np.zeros(10)
    for seed in range(400):
        drawn[np.unique(subsample(data, 3, None, None, seed)[0].users)] += 1
    # Binomial(400, .3) has a deviation of 9.2.
    assert abs(drawn - 120).max() < 45


@given(st.sets(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1))
def test_cover_touches_everything_with_few_records(pairs):
    users, items = np.array(sorted(pairs)).T
    cover = _edge_cover(users, items)
    assert len(set(cover.tolist())) == len(cover)
    assert set(users[cover]) == set(users)
    assert set(items[cover]) == set(items)
    assert len(cover) <= len(set(users)) + len(set(items)) - 1
