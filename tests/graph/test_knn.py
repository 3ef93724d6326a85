import logging
import re
import sys

import numpy as np
import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph import knn
from a2bm2gl_tf.graph.knn import (
    cosine_neighbours,
    largest_similarity_change,
    neighbours_to_csr,
    unit_vectors,
)


def _brute_force(features, weights, present, k):
    similarity = np.zeros((len(features), len(features)))
    for head in weights:
        weighted = features.astype(np.float64) * head
        norms = np.linalg.norm(weighted, axis=1)
        outer = np.maximum(np.outer(norms, norms), 1e-300)
        similarity += weighted @ weighted.T / outer / len(weights)
    result = np.full((len(features), k), -1)
    for row in np.flatnonzero(present):
        others = [other for other in np.flatnonzero(present) if other != row]
        chosen = sorted(others, key=lambda other: (-round(similarity[row, other], 6), other))[:k]
        result[row, : len(chosen)] = chosen
    return result


@pytest.mark.parametrize("blocks", [(1024, 4096), (1, 1), (7, 5), (4, 100), (100, 3)])
def test_equals_brute_force_with_missing_items(blocks, monkeypatch):
    monkeypatch.setattr(knn, "_BLOCK_ROWS", blocks[0])
    monkeypatch.setattr(knn, "_BLOCK_COLUMNS", blocks[1])
    rng = np.random.default_rng(0)
    features = rng.normal(size=(30, 6)).astype("f4")
    present = rng.random(30) > 0.2
    features[~present] = 0
    weights = rng.normal(size=(3, 6)).astype("f4")
    neighbours = cosine_neighbours(features, weights, present, 5)
    np.testing.assert_array_equal(neighbours, _brute_force(features, weights, present, 5))
    assert neighbours.dtype == np.int32


def test_head_weights_decide_who_is_near():
    features = np.array([[1.0, 0.0], [1.0, 5.0], [0.2, 0.1]], np.float32)
    present = np.ones(3, bool)
    plain = cosine_neighbours(features, np.array([[1.0, 1.0]], np.float32), present, 1)
    first_only = cosine_neighbours(features, np.array([[1.0, 0.01]], np.float32), present, 1)
    assert plain[0, 0] == 2
    # Under the first coordinate alone all three agree closely; item 1 moves up beside item 0.
    assert cosine_neighbours(features, np.array([[0.01, 1.0]], np.float32), present, 1)[2, 0] == 1
    assert first_only[1, 0] in (0, 2)


@pytest.mark.parametrize("blocks", [(1024, 4096), (8, 16)])
def test_hundreds_of_items_equal_a_full_sort(blocks, monkeypatch):
    monkeypatch.setattr(knn, "_BLOCK_ROWS", blocks[0])
    monkeypatch.setattr(knn, "_BLOCK_COLUMNS", blocks[1])
    rng = np.random.default_rng(1)
    features = rng.choice([-1.0, 1.0], size=(700, 4)).astype("f4")  # many equals, all exact
    weights = np.ones((1, 4), np.float32)
    neighbours = cosine_neighbours(features, weights, np.ones(700, bool), 12)
    np.testing.assert_array_equal(
        neighbours, _brute_force(features, weights, np.ones(700, bool), 12)
    )


def test_faiss_finds_nearly_all_and_reports_its_recall(caplog):
    pytest.importorskip("faiss")
    rng = np.random.default_rng(2)
    centres = rng.normal(size=(40, 16))
    features = (centres[rng.integers(0, 40, 6000)] + 0.3 * rng.normal(size=(6000, 16))).astype("f4")
    present = rng.random(6000) > 0.1
    weights = rng.normal(1.0, 0.1, size=(2, 16)).astype("f4")
    exact = cosine_neighbours(features, weights, present, 10)
    with caplog.at_level(logging.INFO, "a2bm2gl_tf.graph.knn_approximate"):
        found = cosine_neighbours(features, weights, present, 10, method="faiss")
    assert (found[~present] == -1).all()
    assert present[found[found >= 0]].all()
    rows = np.flatnonzero(present)
    assert not (found[rows] == rows[:, None]).any()
    recall = np.mean(
        [len(np.intersect1d(a, b)) / 10 for a, b in zip(exact[rows], found[rows], strict=True)]
    )
    assert recall > 0.9
    reported = float(re.search(r"recall@10 ([0-9.]+)", caplog.text)[1])
    assert reported == pytest.approx(recall, abs=0.03)


def test_faiss_where_it_is_missing_is_a_clear_error(monkeypatch):
    monkeypatch.setitem(sys.modules, "faiss", None)
    with pytest.raises(UserError, match=r"--knn_method=faiss.*pip install faiss-cpu"):
        cosine_neighbours(
            np.ones((4, 2), "f4"), np.ones((1, 2), "f4"), np.ones(4, bool), 2, method="faiss"
        )


def test_unknown_method_is_refused():
    with pytest.raises(ValueError, match="guess"):
        cosine_neighbours(
            np.ones((4, 2), "f4"), np.ones((1, 2), "f4"), np.ones(4, bool), 2, method="guess"
        )


def test_products_of_unit_vectors_are_the_mean_cosines():
    features = np.array([[3.0, 4.0], [4.0, 3.0], [0.0, 0.0]], np.float32)
    vectors = unit_vectors(features, np.array([[1.0, 1.0], [1.0, 0.0]], np.float32))
    np.testing.assert_allclose(
        vectors @ vectors.T, [[1, 0.98, 0], [0.98, 1, 0], [0, 0, 0]], atol=1e-6
    )


def test_ties_go_to_the_lower_row_and_short_lists_are_padded():
    features = np.ones((4, 2), np.float32)
    present = np.array([True, True, False, True])
    neighbours = cosine_neighbours(features, np.ones((1, 2), np.float32), present, 3)
    expected = [[1, 3, -1], [0, 3, -1], [-1, -1, -1], [0, 1, -1]]
    np.testing.assert_array_equal(neighbours, expected)


def test_a_single_present_item_has_no_neighbour():
    present = np.array([False, True])
    neighbours = cosine_neighbours(
        np.ones((2, 2), np.float32), np.ones((1, 2), np.float32), present, 2
    )
    assert (neighbours == -1).all()


def test_lists_as_a_matrix():
    indices = np.array([[2, 1], [-1, -1], [0, -1]], np.int32)
    values = np.array([[0.5, 0.25], [9.0, 9.0], [0.75, 9.0]], np.float32)
    expected = [[0, 0.25, 0.5], [0, 0, 0], [0.75, 0, 0]]
    np.testing.assert_array_equal(neighbours_to_csr(indices, values).toarray(), expected)
    np.testing.assert_array_equal(
        neighbours_to_csr(indices).toarray(), np.array(expected, bool).astype("f4")
    )


def test_bound_of_similarity_changes_holds_and_is_not_idle():
    rng = np.random.default_rng(3)
    features = rng.normal(size=(80, 6)).astype("f4")
    before = rng.normal(1.0, 0.1, size=(2, 6)).astype("f4")
    for step in (1e-4, 1e-2, 1.0):
        after = before + step * rng.normal(size=before.shape).astype("f4")
        products = [z @ z.T for z in (unit_vectors(features, w) for w in (before, after))]
        change = np.abs(products[1] - products[0]).max()
        bound = largest_similarity_change(features, before, after)
        assert change <= bound + 1e-6
        assert bound < 10 * change
    # A common factor moves no cosine.
    assert largest_similarity_change(features, before, 2 * before) < 1e-6
    assert largest_similarity_change(features, before, before) == 0.0
