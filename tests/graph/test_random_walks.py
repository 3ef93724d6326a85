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


def test_ties_do_not_depend_on_the_nodes_numbers():
    # Two hubs with the same 99 leaves, of which a short walk visits many equally often.
    star = sp.lil_matrix((101, 101))
    star[:2, 2:], star[2:, :2] = 1, 1
    star, hubs = sp.csr_matrix(star), [0, 1]
    chosen, agreeing = [], 0
    for seed in range(30):
        found = most_visited(star, hubs, 99, 60, 0.5, seed=seed, counted=(2, 101))
        assert (np.diff(found.visits, axis=1) <= 0).all()
        for nodes, visits in zip(found.nodes, found.visits, strict=True):
            tied = nodes[visits == 1]
            assert len(tied) == len(set(tied)) > 10
            chosen.append(tied[:3].mean() - tied.mean())
        whole = most_visited(star, hubs, 101, 60, 0.5, seed=seed)
        first, other = (list(nodes[visits == 1]) for nodes, visits in zip(*whole, strict=True))
        common = [node for node in first if node in other]
        agreeing += common == [node for node in other if node in common]
    # By number the first three would lie some 40 below the mean.
    assert abs(np.mean(chosen)) < 8
    # Each start has an order of its own, or the same nodes would win everywhere.
    assert agreeing < 10


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
