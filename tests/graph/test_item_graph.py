import numpy as np

from a2bm2gl_tf.graph.item_graph import most_similar_with_self, normalised_item_graph

HALF = np.sqrt(0.5)
# Item 1 lies between 0 and 2, item 3 opposite to 0, item 4 lacks the modality.
FEATURES = np.array([[2, 0], [1, 1], [0, 3], [-1, 0.1], [0, 0]], np.float32)
PRESENT = np.array([True, True, True, True, False])


def test_an_item_is_its_own_first_neighbour():
    lists = most_similar_with_self(FEATURES, PRESENT, 2)
    assert lists.tolist() == [[0, 1], [1, 0], [2, 1], [3, 2], [-1, -1]]
    assert most_similar_with_self(FEATURES, PRESENT, 1).ravel().tolist() == [0, 1, 2, 3, -1]


def test_weighted_by_hand():
    graph = normalised_item_graph(FEATURES, PRESENT, 2).toarray()
    cosine = 0.1 / np.sqrt(1.01)
    similarity = np.zeros((5, 5))
    similarity[[0, 1, 2, 3], [0, 1, 2, 3]] = 1
    similarity[[0, 1, 2, 3], [1, 0, 1, 2]] = HALF, HALF, HALF, cosine
    degrees = np.array([1 + HALF, 1 + HALF, 1 + HALF, 1 + cosine, 1])
    np.testing.assert_allclose(graph, similarity / np.sqrt(np.outer(degrees, degrees)), rtol=1e-5)


def test_unweighted_by_hand_and_negative_cosines_count_as_nothing():
    # With all listed, unweighted rows hold 4 ones over sqrt(4 * 4).
    graph = normalised_item_graph(FEATURES, PRESENT, 4, weighted=False).toarray()
    expected = np.zeros((5, 5))
    expected[:4, :4] = 0.25
    np.testing.assert_allclose(graph, expected)
    weighted = normalised_item_graph(FEATURES, PRESENT, 4).toarray()
    assert weighted[0, 3] == weighted[3, 0] == 0.0
    assert weighted[0, 0] > 0
