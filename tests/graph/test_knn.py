import numpy as np
import pytest

from a2bm2gl_tf.graph.knn import cosine_neighbours, neighbours_to_csr


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


@pytest.mark.parametrize("block_rows", [None, 1, 7])
def test_equals_brute_force_with_missing_items(block_rows):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(30, 6)).astype("f4")
    present = rng.random(30) > 0.2
    features[~present] = 0
    weights = rng.normal(size=(3, 6)).astype("f4")
    neighbours = cosine_neighbours(features, weights, present, 5, block_rows)
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
