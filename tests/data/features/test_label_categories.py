from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.label_categories import label_categories

SOURCE = Path("items.csv")
IDS = np.array([7, 3, 5, 9])


def test_a_column_a_label_in_the_order_of_the_labels():
    found = label_categories("genre", IDS, [["b", "a"], ["c"], ["a"], ["c", "b"]], SOURCE)
    assert (found.name, found.source) == ("genre", SOURCE)
    assert found.labels == ("genre=a", "genre=b", "genre=c")
    assert found.item_ids.tolist() == [7, 3, 5, 9]
    assert found.flags.toarray().tolist() == [[1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 1]]
    assert found.flags.dtype == np.float32
    assert found.flags.has_sorted_indices


def test_a_label_that_an_item_has_twice_counts_once():
    found = label_categories("genre", IDS[:1], [["b", "a", "b"]], SOURCE)
    assert found.flags.toarray().tolist() == [[1, 1]]
    assert found.flags.nnz == 2


def test_items_without_labels_are_left_out():
    found = label_categories("author", IDS, [["bo"], [], [], ["al"]], SOURCE)
    assert found.item_ids.tolist() == [7, 9]
    assert found.flags.toarray().tolist() == [[0, 1], [1, 0]]


def test_no_item_has_a_label():
    found = label_categories("author", IDS, [[]] * 4, SOURCE)
    assert (found.labels, found.item_ids.tolist(), found.flags.shape) == ((), [], (0, 0))


def test_labels_are_not_parted():
    assert label_categories("tag", IDS[:1], [["a|b"]], SOURCE).labels == ("tag=a|b",)


def test_ids_may_be_text():
    ids = np.array(["x", "b"], object)
    found = label_categories("author", ids, [["1"], ["2"]], SOURCE)
    assert found.item_ids.tolist() == ["x", "b"]
    assert found.flags.toarray().tolist() == [[1, 0], [0, 1]]
