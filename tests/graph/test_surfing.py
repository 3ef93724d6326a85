import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph import surfing
from a2bm2gl_tf.graph.surfing import (
    power_weights,
    surfing_support,
    top_m_neighbours,
    transition_matrix,
)


def _graph(num_nodes=25, seed=0):
    half = sp.random(num_nodes, num_nodes, density=0.1, random_state=seed)
    graph = (half + half.T).tolil()
    graph[3], graph[:, 3] = 0, 0  # an isolated node
    return graph.tocsr()


def _dense_recurrence(graph, hops, alpha):
    transitions = graph.toarray()
    totals = transitions.sum(axis=1)
    transitions = np.divide(
        transitions, totals[:, None], out=np.eye(len(totals)), where=totals[:, None] > 0
    )
    restart = np.eye(len(totals))
    current, total = restart, restart.copy()
    for _ in range(hops):
        current = alpha * current @ transitions + (1 - alpha) * restart
        total = total + current
    return total


def test_path_by_hand():
    path = sp.csr_matrix(np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32))
    # A_1 = alpha A + (1 - alpha) I with alpha 0.5; row 0: A_0 = (1,0,0), A_1 = (.5,.5,0),
    # A_2 = .5 (.5,.5,0) A + .5 (1,0,0) = .5 (.25,.5,.25) + (.5,0,0) = (.625,.25,.125).
    np.testing.assert_allclose(surfing_support(path, 2, 0.5).toarray()[0], [2.125, 0.75, 0.125])
    top = top_m_neighbours(path, 2, 0.5, 2)
    np.testing.assert_array_equal(top.indices[0], [0, 1])
    np.testing.assert_allclose(top.weights[0], [2.125, 0.75])
    # The middle node reaches both ends alike: the lower row comes first.
    np.testing.assert_array_equal(top_m_neighbours(path, 1, 0.5, 2).indices[1], [1, 0])


@pytest.mark.parametrize(("hops", "alpha"), [(0, 0.5), (1, 0.9), (4, 0.3)])
def test_support_and_top_m_equal_the_dense_recurrence(hops, alpha, monkeypatch):
    monkeypatch.setattr(surfing, "_ROWS_A_TASK", 4)
    graph = _graph()
    expected = _dense_recurrence(graph, hops, alpha)
    np.testing.assert_allclose(surfing_support(graph, hops, alpha).toarray(), expected, atol=1e-12)
    top = top_m_neighbours(graph, hops, alpha, 6)
    assert top.dropped_mass == 0.0
    for row in range(25):
        order = np.argsort(-np.round(expected[row], 12), kind="stable")[:6]
        reached = order[expected[row, order] > 0]
        np.testing.assert_array_equal(top.indices[row, : len(reached)], reached)
        assert (top.indices[row, len(reached) :] == -1).all()
        np.testing.assert_allclose(
            top.weights[row, : len(reached)], expected[row, reached], rtol=1e-6
        )


def test_isolated_node_stays_where_it_is():
    top = top_m_neighbours(_graph(), 3, 0.5, 4)
    np.testing.assert_array_equal(top.indices[3], [3, -1, -1, -1])
    np.testing.assert_allclose(top.weights[3], [4.0, 0, 0, 0])
    np.testing.assert_allclose(transition_matrix(_graph()).sum(axis=1), 1.0)


def test_powers_add_up_to_the_recurrence():
    transitions = transition_matrix(_graph()).toarray()
    for hops, alpha in ((0, 0.5), (1, 0.2), (5, 0.7)):
        weights = power_weights(hops, alpha)
        assert weights.sum() == pytest.approx(hops + 1)
        powers = sum(w * np.linalg.matrix_power(transitions, k) for k, w in enumerate(weights))
        np.testing.assert_allclose(powers, _dense_recurrence(_graph(), hops, alpha), atol=1e-12)


@pytest.mark.parametrize("beam", [1, 3, 8, 30])
def test_beam_error_is_the_mass_that_it_says(beam):
    graph = _graph(60, seed=1)
    exact = _dense_recurrence(graph, 3, 0.8)
    pruned = top_m_neighbours(graph, 3, 0.8, 60, beam=beam)
    found = np.zeros_like(exact)
    rows, slots = np.nonzero(pruned.indices >= 0)
    found[rows, pruned.indices[rows, slots]] = pruned.weights[rows, slots]
    assert (exact - found).min() > -1e-6  # lower bounds, entry by entry
    l1 = np.abs(exact - found).sum(axis=1).max()
    assert pruned.dropped_mass == pytest.approx(l1, abs=1e-5)
    assert pruned.dropped_mass > 0


def test_beam_keeps_the_strongest():
    # From node 0: 0.6 to node 1, 0.4 to node 2; then on to 3 and 4. A beam of 1 follows node 1.
    graph = np.zeros((5, 5))
    graph[0, 1], graph[0, 2], graph[1, 3], graph[2, 4] = 0.6, 0.4, 1.0, 1.0
    pruned = top_m_neighbours(sp.csr_matrix(graph), 2, 0.5, 5, beam=1)
    # w = (2, 1) x ... : w_0 = 2, w_1 = 0.75, w_2 = 0.25.
    np.testing.assert_array_equal(pruned.indices[0], [0, 1, 2, 3, -1])
    np.testing.assert_allclose(pruned.weights[0], [2.0, 0.45, 0.3, 0.15, 0.0], rtol=1e-6)
    assert pruned.dropped_mass == pytest.approx(0.1)


def test_a_beam_as_wide_as_the_graph_is_exact():
    graph = _graph(60, seed=1)
    exact, generous = (top_m_neighbours(graph, 3, 0.8, 10, beam=beam) for beam in (None, 60))
    assert exact.dropped_mass == generous.dropped_mass == 0.0
    np.testing.assert_array_equal(exact.indices, generous.indices)


@pytest.mark.parametrize("weighted", [False, True])
def test_crowded_rows_and_threads_change_nothing(weighted, monkeypatch):
    # Degrees of 40 among 50 nodes: rows are added up without listing what they touch.
    dense = np.random.default_rng(0).random((50, 50)) < 0.8
    dense = (dense | dense.T) * (np.random.default_rng(1).random((50, 50)) if weighted else 1.0)
    graph = sp.csr_matrix(dense)
    exact = _dense_recurrence(graph, 3, 0.6)
    one = top_m_neighbours(graph, 3, 0.6, 50, threads=1)
    np.testing.assert_allclose(np.take_along_axis(exact, one.indices, 1), one.weights, rtol=1e-6)
    monkeypatch.setattr(surfing, "_ROWS_A_TASK", 3)
    three = top_m_neighbours(graph, 3, 0.6, 50, threads=3)
    np.testing.assert_array_equal(one.indices, three.indices)
    np.testing.assert_array_equal(one.weights, three.weights)


def test_support_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(surfing, "LARGEST_SUPPORT", 50)
    with pytest.raises(UserError, match="--neighbourhood=reachable"):
        surfing_support(_graph(), 3, 0.5)
