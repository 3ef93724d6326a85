import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph import surfing
from a2bm2gl_tf.graph.surfing import surfing_support, top_m_neighbours, transition_matrix


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
    monkeypatch.setattr(surfing, "_BLOCK_ELEMENTS", 100)  # four rows at a time
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


def test_beam_error_stays_within_its_bound():
    graph = _graph(60, seed=1)
    exact = _dense_recurrence(graph, 3, 0.8)
    generous = top_m_neighbours(graph, 3, 0.8, 10, beam=60)
    assert generous.dropped_mass == pytest.approx(0.0, abs=1e-12)
    pruned = top_m_neighbours(graph, 3, 0.8, 5, beam=8)
    assert 0 < pruned.dropped_mass < 3
    rows = np.arange(60)[:, None]
    listed = pruned.indices >= 0
    error = exact[rows, np.maximum(pruned.indices, 0)] - pruned.weights
    assert error[listed].min() > -1e-6
    assert error[listed].max() <= pruned.dropped_mass + 1e-6


def test_support_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(surfing, "_LARGEST_SUPPORT", 50)
    with pytest.raises(UserError, match="--neighbourhood=reachable"):
        surfing_support(_graph(), 3, 0.5)
