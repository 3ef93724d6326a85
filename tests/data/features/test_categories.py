from pathlib import Path

import numpy as np
import pytest

from a2bm2gl_tf.data.features.categories import (
    from_multiple_values,
    from_numbers,
    from_single_values,
    join_columns,
)
from a2bm2gl_tf.errors import UserError

SOURCE = Path("items.csv")
IDS = np.array([7, 3, 5, 9])


def labels_of(categories):
    """Item id -> the labels it has."""
    rows = categories.flags.toarray()
    assert set(np.unique(rows)) <= {0, 1}
    return {
        item: {label for label, flag in zip(categories.labels, row, strict=True) if flag}
        for item, row in zip(categories.item_ids.tolist(), rows, strict=True)
    }


def test_single_values():
    found = from_single_values("author", IDS, ["bo", None, " ", "al"], SOURCE)
    assert found.labels == ("author=al", "author=bo")
    assert found.flags.toarray().tolist() == [[0, 1], [0, 0], [0, 0], [1, 0]]
    assert (found.name, found.source) == ("author", SOURCE)


def test_single_values_may_be_numbers():
    found = from_single_values("year", IDS, [1999, float("nan"), 2001, 1999], SOURCE)
    assert labels_of(found) == {7: {"year=1999"}, 3: set(), 5: {"year=2001"}, 9: {"year=1999"}}


def test_a_single_value_is_not_parted():
    assert from_single_values("tag", IDS[:1], ["a|b"], SOURCE).labels == ("tag=a|b",)


def test_multiple_values_of_strings_and_lists():
    found = from_multiple_values("genre", IDS, ["b|a|b", ["c", " a "], None, "|"], SOURCE)
    assert labels_of(found) == {7: {"genre=a", "genre=b"}, 3: {"genre=a", "genre=c"}, 5: set()} | {
        9: set()
    }
    assert found.flags.has_sorted_indices
    assert found.flags.nnz == 4


def test_other_separators():
    found = from_multiple_values("tag", IDS[:1], ["x;y|z"], SOURCE, separator=";")
    assert found.labels == ("tag=x", "tag=y|z")


def test_fixed_edges():
    found = from_numbers("length", IDS, np.array([4.9, 5, np.nan, 60]), SOURCE, edges=[5, 30])
    assert found.labels == ("length=(,5)", "length=[5,30)", "length=[30,)")
    assert found.flags.toarray().tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0], [0, 0, 1]]


def test_quantiles_fill_buckets_evenly():
    found = from_numbers("length", np.arange(100), np.arange(100)[::-1], SOURCE, buckets=4)
    assert found.flags.toarray().sum(axis=0).tolist() == [25, 25, 25, 25]
    assert found.labels[0] == "length=(,25)"


def test_a_frequent_value_has_one_bucket():
    values = np.array([0.0] * 90 + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    found = from_numbers("likes", np.arange(100), values, SOURCE, buckets=10)
    assert found.flags.toarray().sum(axis=0).tolist() == [90, 10]


@pytest.mark.parametrize("values", [[2.0, 2, 2, 2], [np.nan] * 4])
def test_one_value_is_one_bucket(values):
    found = from_numbers("likes", IDS, np.array(values), SOURCE)
    assert found.labels == ("likes=(,)",)
    assert found.flags.sum() == (0 if np.isnan(values[0]) else 4)


@pytest.mark.parametrize("bad", [np.inf, -np.inf])
def test_infinite_numbers_are_named(bad):
    with pytest.raises(UserError, match=r"items\.csv: length of item 5 is infinite"):
        from_numbers("length", IDS, np.array([1, 2, bad, 3]), SOURCE)


@pytest.mark.parametrize("edges", [[5, 5], [5, 1], [1, np.nan], [1, np.inf]])
def test_edges_must_ascend(edges):
    with pytest.raises(UserError, match=r"items\.csv: edges .* of length do not ascend"):
        from_numbers("length", IDS, np.ones(4), SOURCE, edges=edges)


def test_columns_are_joined_by_item():
    authors = from_single_values("author", np.array([7, 3]), ["bo", "al"], SOURCE)
    genres = from_multiple_values("genre", np.array([9, 7]), ["x", "x|y"], SOURCE)
    joined = join_columns("category", [authors, genres])
    assert joined.name == "category"
    assert joined.labels == ("author=al", "author=bo", "genre=x", "genre=y")
    assert joined.item_ids.tolist() == [3, 7, 9]
    assert joined.flags.toarray().tolist() == [[1, 0, 0, 0], [0, 1, 1, 1], [0, 0, 1, 0]]
    assert joined.flags.has_sorted_indices


def test_joined_ids_may_be_strings():
    one = from_single_values("a", np.array(["x", "b"], object), ["1", "2"], SOURCE)
    other = from_single_values("c", np.array(["b"], object), ["3"], SOURCE)
    joined = join_columns("both", [one, other])
    assert joined.item_ids.tolist() == ["b", "x"]
    assert joined.flags.toarray().tolist() == [[0, 1, 1], [1, 0, 0]]
