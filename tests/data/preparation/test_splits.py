import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION, Interactions
from a2bm2gl_tf.data.preparation.random_split import split_per_user
from a2bm2gl_tf.data.preparation.split_options import SplitOptions
from a2bm2gl_tf.data.preparation.splits import check_split, split_interactions, split_names
from a2bm2gl_tf.errors import UserError


def _part(triples, data, parts, wanted):
    return [(user, item) for user, item, part in triples(data, parts) if part == wanted]


def test_ratio_equals_the_split_of_the_raw_readers():
    users, items = np.nonzero(np.random.default_rng(3).random((30, 25)) < 0.4)
    data = Interactions(np.arange(30), np.arange(25), users.astype("i4"), items.astype("i4"))
    partition = split_interactions("ratio", data, SplitOptions(0.3, 0.2, seed=7))
    expected = split_per_user(
        users, items, (30, 25), test_fraction=0.3, validation_fraction=0.2, seed=7
    )
    assert partition.recipe == expected.recipe
    for part, matrix in (
        (TRAIN, expected.train),
        (VALIDATION, expected.validation),
        (TEST, expected.test),
    ):
        held = partition.parts[0] == part
        rows, columns = matrix.nonzero()
        np.testing.assert_array_equal(users[held], rows)
        np.testing.assert_array_equal(items[held], columns)


def test_time_ratio_by_hand(interactions, triples):
    # Ten records a user: 2 test, floor(.8 + .5) = 1 validation. User 2's times all tie.
    rows = [(1, item, 100 - item) for item in range(10)] + [(2, item, 5) for item in range(10)]
    data = interactions(rows, "time")
    parts = split_interactions("time_ratio", data, SplitOptions()).parts[0]
    assert _part(triples, data, parts, TEST) == [(1, 0), (1, 1), (2, 8), (2, 9)]
    assert _part(triples, data, parts, VALIDATION) == [(1, 2), (2, 7)]


def test_leave_one_out_by_hand(interactions, triples):
    rows = [(1, 1, 9), (1, 2, 7), (1, 3, 8), (2, 3, 4), (2, 1, 4), (2, 2, 4), (3, 5, 1), (3, 6, 0)]
    data = interactions([*rows, (4, 7, 3)], "time")
    parts = split_interactions("leave_one_out", data, SplitOptions()).parts[0]
    # Of equal times the largest item id is the last, wherever its record stands.
    assert _part(triples, data, parts, TEST) == [(1, 1), (2, 3), (3, 5)]
    assert _part(triples, data, parts, VALIDATION) == [(1, 3), (2, 2)]


def test_time_cut_by_hand(interactions, triples):
    # Ten records: the last two are 91 and 92, but 91 comes twice, so three are test data. Of the
    # seven earlier ones floor(.7 + .5) = 1 is validation data.
    times = [50, 10, 20, 30, 40, 60, 70, 91, 91, 92]
    data = interactions([(item % 3, item, time) for item, time in enumerate(times)], "time")
    partition = split_interactions("time_cut", data, SplitOptions())
    parts = partition.parts[0]
    assert sorted(data.times[parts == TEST]) == [91, 91, 92]
    assert data.times[parts == VALIDATION].tolist() == [70]
    assert "test from 91, validation from 70" in partition.recipe


def test_times_that_a_split_needs(interactions):
    without = interactions([(1, 1), (1, 2)])
    for name in ("time_ratio", "time_cut", "leave_one_out"):
        with pytest.raises(UserError, match=rf"--split={name}: the data has no times.*time_column"):
            split_interactions(name, without, SplitOptions())
    order = interactions([(u, v, v) for u in (1, 2) for v in range(5)], "time")
    with pytest.raises(UserError, match="has no clock"):
        split_interactions("time_cut", order, SplitOptions())
    assert split_interactions("leave_one_out", order, SplitOptions()).parts.shape == (1, 10)
    clock = interactions([(u, v, 880000000 + v) for u in (1, 2) for v in range(5)], "time")
    partition = split_interactions("time_cut", clock, SplitOptions())
    assert partition.parts.shape == (1, 10)
    assert "test from 880000004 (1997-11-20 04:26:44 UTC), validation" in partition.recipe


def test_given_keeps_the_parts_or_carves_validation_from_training(interactions):
    rows = [(1, item, part) for item, part in enumerate([0, 0, 1, 2, 0])]
    data = interactions(rows, "part")
    partition = split_interactions("given", data, SplitOptions())
    assert partition.parts.tolist() == [[0, 0, 1, 2, 0]]
    many = [(user, item, 2 if item > 19 else 0) for user in range(3) for item in range(24)]
    data = interactions([*many, (7, 1, 0), (8, 20, 2)], "part")
    parts = split_interactions("given", data, SplitOptions(validation_fraction=0.2)).parts[0]
    np.testing.assert_array_equal(parts == TEST, data.parts == TEST)
    carved = np.bincount(data.users[parts == VALIDATION], minlength=5)
    assert carved.tolist() == [4, 4, 4, 0, 0]
    with pytest.raises(UserError, match="does not come split"):
        split_interactions("given", interactions([(1, 1)]), SplitOptions())


def test_cold_items_are_tested_only():
    users, items = np.nonzero(np.random.default_rng(3).random((30, 40)) < 0.4)
    # Item 40 has no record and is not drawn.
    data = Interactions(np.arange(30), np.arange(41), users.astype("i4"), items.astype("i4"))
    parts = split_interactions("cold_items", data, SplitOptions(0.25, 0.2)).parts[0]
    sets = [set(items[parts == part].tolist()) for part in (TRAIN, VALIDATION, TEST)]
    # floor(.25 40 + .5) = 10, then floor(.2 30 + .5) = 6.
    assert [len(held) for held in sets] == [24, 6, 10]
    assert len(set.union(*sets)) == 40


def test_folds_test_every_record_once_and_evenly():
    users, items = np.nonzero(np.random.default_rng(5).random((40, 30)) < 0.5)
    data = Interactions(np.arange(40), np.arange(30), users.astype("i4"), items.astype("i4"))
    parts = split_interactions("ratio", data, SplitOptions(validation_fraction=0.25, folds=4)).parts
    assert parts.shape == (4, len(users))
    np.testing.assert_array_equal((parts == TEST).sum(axis=0), np.ones(len(users)))
    for fold in parts:
        counts = np.bincount(users)
        tested = np.bincount(users[fold == TEST], minlength=40)
        assert (abs(tested - counts / 4) < 1).all()
        left = counts - tested
        validated = np.bincount(users[fold == VALIDATION], minlength=40)
        np.testing.assert_array_equal(validated, np.floor(left * 0.25 + 0.5))


def test_folds_spread_users_of_two_records_and_train_on_single_ones(interactions):
    rows = [(user, item) for user in range(200) for item in range(2)] + [(999, 1)]
    rows += [(1000, item) for item in range(40)]
    data = interactions(rows)
    parts = split_interactions("ratio", data, SplitOptions(folds=5)).parts
    single = data.users == 200
    assert (parts[:, single] == TRAIN).all()
    tested = [(fold[data.users < 200] == TEST).sum() for fold in parts]
    # 400 records over 5 folds; Binomial-like, deviation under 9.
    assert min(tested) > 45
    assert max(tested) < 115


@settings(deadline=None, max_examples=60)
@given(
    st.sets(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1),
    st.sampled_from(split_names()),
    st.integers(1, 4),
    st.integers(0, 3),
    st.randoms(use_true_random=False),
)
def test_parts_cover_everything_and_follow_records_not_rows(pairs, name, folds, seed, random):
    pairs = sorted(pairs)
    users, items = np.array(pairs, np.int32).T
    times = np.array([random.randrange(1000, 1005) for _ in pairs])
    given_parts = np.array([random.randrange(3) for _ in pairs], np.uint8)
    data = Interactions(np.arange(10), np.arange(10), users, items, None, times, given_parts)
    options = SplitOptions(folds=folds if name == "ratio" else 1, seed=seed)
    try:
        partition = split_interactions(name, data, options)
    except UserError:
        # So little data that a part of a split is empty, which is refused.
        return
    assert partition.parts.shape == (options.folds, len(pairs))
    assert partition.parts.dtype == np.uint8
    assert partition.parts.max() <= 2
    again = split_interactions(name, data, options)
    np.testing.assert_array_equal(partition.parts, again.parts)
    if name in ("ratio", "time_ratio", "leave_one_out"):
        for parts in partition.parts:
            assert set(users[parts == TRAIN]) == set(users)


@pytest.mark.parametrize("name", ["ratio", "cold_items"])
def test_another_seed_is_another_split(raw_data, name):
    data = raw_data().interactions
    one, other = (
        split_interactions(name, data, SplitOptions(seed=seed)).parts.tobytes() for seed in (0, 1)
    )
    assert one != other


def test_options_that_a_split_would_ignore():
    check_split("ratio", {"folds", "validation_fraction"})
    for name, options in (
        ("leave_one_out", {"test_fraction"}),
        ("given", {"test_fraction"}),
        ("time_ratio", {"folds"}),
        ("ratio", {"folds", "test_fraction"}),
    ):
        with pytest.raises(UserError, match=r"--(test_fraction|folds): .*leave the flag out"):
            check_split(name, options)
