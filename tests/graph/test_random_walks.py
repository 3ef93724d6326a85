import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.graph.bipartite import bipartite_adjacency
from a2bm2gl_tf.graph.random_walks import most_visited

# Users 0-3 (3 is alone), items 4-7 (7 is alone): edges 0-4, 0-5, 1-5, 1-6, 2-6.
TRAIN = sp.csr_matrix(
    np.array([[1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]], np.float32)
)
GRAPH = bipartite_adjacency(TRAIN)
ALL = np.arange(8)


def _visit_probabilities(restart, hops):
    """Expected visits of every node a hop, by powers of the transition matrix."""
    dense = GRAPH.toarray()
    transitions = dense / np.maximum(dense.sum(axis=1, keepdims=True), 1)
    expected = np.zeros((8, 8))
    place = np.eye(8)
    for _ in range(hops):
        place = (restart * np.eye(8) + (1 - restart) * place) @ transitions
        expected += place
    return expected / hops


@pytest.mark.parametrize("restart", [0.0, 0.3, 0.7])
def test_visits_follow_the_walk(restart):
    hops = 200_000
    found = most_visited(GRAPH, ALL, 8, hops, restart, seed=1)
    expected = _visit_probabilities(restart, 2000)
    shares = np.zeros((8, 8))
    for start in range(8):
        listed = found.nodes[start] >= 0
        shares[start, found.nodes[start, listed]] = found.visits[start, listed] / hops
    np.fill_diagonal(expected, 0)
    np.testing.assert_allclose(shares, expected, atol=6e-3)
    assert (found.nodes[[3, 7]] == -1).all()


def test_lists_are_ordered_cut_and_normalised():
    found = most_visited(GRAPH, ALL[4:7], 2, 500, 0.4, seed=0)
    assert (np.diff(found.visits, axis=1) <= 0).all()
    # Item 4 has one user, who is visited most.
    assert found.nodes[0, 0] == 0
    np.testing.assert_allclose(found.normalised().sum(axis=1), 1, rtol=1e-6)
    alone = most_visited(GRAPH, [3], 2, 500, 0.4, seed=0)
    np.testing.assert_array_equal(alone.normalised(), [[0, 0]])
    # One hop without a restart from user 2 can only reach item 6.
    one = most_visited(GRAPH, [2], 3, 1, 0.0, seed=3)
    np.testing.assert_array_equal(one.nodes, [[6, -1, -1]])
    np.testing.assert_array_equal(one.visits, [[1, 0, 0]])


def test_ties_go_to_the_lower_node():
    # A star: node 0 with leaves 1 .. 9; many leaves get equally many of 30 visits.
    star = sp.lil_matrix((10, 10))
    star[0, 1:], star[1:, 0] = 1, 1
    found = most_visited(sp.csr_matrix(star), [0], 9, 60, 0.5, seed=0)
    order = list(zip(-found.visits[0], found.nodes[0], strict=True))
    assert order == sorted(order)
    assert len(set(found.visits[0])) < 9


def test_one_side_and_no_neighbours():
    found = most_visited(GRAPH, ALL[:3], 4, 1000, 0.2, seed=0, counted=(4, 8), skip_adjacent=True)
    np.testing.assert_array_equal(found.nodes[0], [6, -1, -1, -1])
    np.testing.assert_array_equal(found.nodes[1], [4, -1, -1, -1])
    np.testing.assert_array_equal(found.nodes[2, :2], [5, 4])


def test_seed_and_start_decide_alone():
    settings = {"num_listed": 6, "hops": 40, "restart": 0.3}
    found = most_visited(GRAPH, ALL, seed=5, **settings)
    single = most_visited(GRAPH, [5], seed=5, **settings)
    np.testing.assert_array_equal(single.visits[0], found.visits[5])
    other = most_visited(GRAPH, ALL, seed=6, **settings)
    assert not np.array_equal(found.visits, other.visits)


def test_refuses_a_walk_that_never_leaves():
    with pytest.raises(ValueError, match="restart is 1"):
        most_visited(GRAPH, ALL, 2, 10, 1.0, seed=0)
