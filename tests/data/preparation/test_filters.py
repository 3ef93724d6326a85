import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from a2bm2gl_tf.data.formats.raw import Interactions
from a2bm2gl_tf.data.preparation.core import k_core
from a2bm2gl_tf.data.preparation.filters import (
    at_least,
    merge_repeats,
    resolve_overlaps,
    within_catalogue,
)
from a2bm2gl_tf.errors import UserError


def test_threshold_takes_the_value_itself(interactions, triples):
    data = interactions([(1, 1, 3.1), (1, 2, 3.0), (2, 1, 5.0)], "value")
    assert triples(at_least(data, 3.1)[0]) == [(1, 1), (2, 1)]
    with pytest.raises(UserError, match=r"--threshold=4.*--value_column"):
        at_least(interactions([(1, 1)]), 4)


def test_records_outside_a_catalogue_leave(interactions, triples):
    data = interactions([(1, 1), (1, 2), (2, 3), (2, 1)])
    assert triples(within_catalogue(data, np.array([1, 3, 9]))[0]) == [(1, 1), (2, 3), (2, 1)]


def test_repeats_go_by_time_then_value(interactions):
    rows = [(1, 5, 2, 30), (1, 5, 4, 10), (1, 5, 1, 10), (1, 5, 3, 30), (0, 5, 9, 99)]
    data = interactions(rows, "value time")
    first, last = (merge_repeats(data, keep)[0] for keep in ("first", "last"))
    assert first.values.tolist() == [9, 1]
    assert last.values.tolist() == [9, 3]
    assert first.times.tolist() == [99, 10]
    assert last.times.tolist() == [99, 30]


def test_repeats_without_times_go_by_the_order_of_records(interactions):
    data = interactions([(1, 5, 4), (1, 4, 7), (1, 5, 2), (1, 5, 3)], "value")
    assert merge_repeats(data, "first")[0].values.tolist() == [7, 4]
    assert merge_repeats(data, "last")[0].values.tolist() == [7, 3]


def test_overlaps_of_a_given_split(interactions, triples):
    # In training: 1-1, 1-2. Validation repeats 1-1 and test's 1-3; test repeats 1-2.
    rows = [(1, 1, 0), (1, 2, 0), (1, 1, 1), (1, 3, 1), (1, 4, 1), (1, 2, 2), (1, 3, 2), (1, 2, 2)]
    merged, _ = merge_repeats(interactions(rows, "part"), "first", within_parts=True)
    assert len(merged) == 7
    left, details = resolve_overlaps(merged)
    assert triples(left, left.parts) == [(1, 1, 0), (1, 2, 0), (1, 3, 2), (1, 4, 1)]
    assert details == {"from_validation": 2, "from_test": 1}


def test_core_is_iterated_and_sides_differ(interactions, triples):
    # Item 9 has one record; without it user 3 has one; without that item 3 has one; then user 2.
    square = [(u, v) for u in (4, 5) for v in (1, 2)]
    chain = [(3, 9), (3, 3), (2, 3), (2, 1)]
    data = interactions(square + chain)
    left, details = k_core(data, 2, 2)
    assert triples(left) == square
    assert details == {"rounds": 4}
    assert triples(k_core(data, 1, 2)[0]) == square + chain[1:]
    assert triples(k_core(data, 2, 1)[0]) == square + chain
    assert len(k_core(data, 3, 1)[0]) == 0


def _largest_core(pairs, user_core, item_core):
    """One offender at a time, in plain sets."""
    pairs = set(pairs)
    while True:
        for side, core in ((0, user_core), (1, item_core)):
            counts = {}
            for pair in pairs:
                counts[pair[side]] = counts.get(pair[side], 0) + 1
            weak = next((key for key, number in counts.items() if number < core), None)
            if weak is not None:
                pairs = {pair for pair in pairs if pair[side] != weak}
                break
        else:
            return pairs


@given(
    st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1),
    st.integers(1, 4),
    st.integers(1, 4),
)
def test_core_equals_the_one_found_one_by_one(pairs, user_core, item_core):
    users, items = np.array(sorted(pairs), np.int32).T
    data = Interactions(np.arange(7), np.arange(7), users, items)
    left, _ = k_core(data, user_core, item_core)
    found = set(zip(left.users.tolist(), left.items.tolist(), strict=True))
    assert found == _largest_core(pairs, user_core, item_core)
