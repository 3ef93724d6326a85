from pathlib import Path

import numpy as np
import pytest

from a2bm2gl_tf.data.features.quantile_categories import quantile_categories
from a2bm2gl_tf.errors import UserError

SOURCE = Path("items.csv")
IDS = np.array([7, 3, 5, 9])


def quantiles(values, ids=None):
    ids = np.arange(len(values)) if ids is None else ids
    return quantile_categories("length", ids, np.array(values, np.float32), SOURCE)


def test_buckets_hold_as_many_items_each():
    found = quantiles(np.arange(100)[::-1])
    assert found.labels[0] == "length<=9"
    assert found.labels[9] == "length<=99"
    assert found.flags.toarray().sum(axis=0).tolist() == [10] * 10
    # Item 0 has the largest number, item 99 the smallest.
    assert found.flags.toarray().argmax(axis=1)[[0, 9, 10, 99]].tolist() == [9, 9, 8, 0]
    assert (found.name, found.source) == ("length", SOURCE)


def test_a_bucket_holds_its_edge():
    found = quantiles([5, 30, 5, 60], IDS)
    assert found.labels == ("length<=5", "length<=30", "length<=60")
    assert found.flags.toarray().tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]]
    assert found.item_ids.tolist() == IDS.tolist()


def test_a_frequent_value_has_one_bucket():
    found = quantiles([0.0] * 90 + list(range(1, 11)))
    assert found.labels == ("length<=0", "length<=10")
    assert found.flags.toarray().sum(axis=0).tolist() == [90, 10]


def test_items_without_a_number_are_left_out():
    found = quantiles([np.nan, 2, np.nan, 2], IDS)
    assert found.item_ids.tolist() == [3, 9]
    assert found.labels == ("length<=2",)
    assert found.flags.toarray().tolist() == [[1], [1]]


def test_no_item_has_a_number():
    found = quantiles([np.nan] * 4, IDS)
    assert (found.labels, found.item_ids.tolist(), found.flags.shape) == ((), [], (0, 0))


def test_labels_tell_near_edges_apart():
    found = quantiles([16777215, 16777216, 0.1, -2.5], IDS)
    assert found.labels == ("length<=-2.5", "length<=0.1", "length<=16777215", "length<=16777216")


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_infinite_numbers_are_named(bad):
    with pytest.raises(UserError, match=r"items\.csv: length of item 5 is infinite"):
        quantiles([1, 2, bad, 3], IDS)
