import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import SparseOperator
from a2bm2gl_tf.layers.mixed_graph_gcn import LearnedGraph, MixedGraphGCN, threshold

# Two users, three items.
INITIAL = np.zeros((5, 5), "f4")
INITIAL[0, 2] = INITIAL[2, 0] = 0.5
INITIAL[1, 3] = INITIAL[3, 1] = 0.7
INITIAL[1, 4] = INITIAL[4, 1] = 0.3
X = np.random.default_rng(0).normal(size=(5, 2)).astype("f4")


def _gcn(num_layers, initial_share):
    return MixedGraphGCN(
        SparseOperator(sp.csr_matrix(INITIAL), "public"), 2, num_layers, initial_share
    )


def _graph(weights, neighbours, share):
    return LearnedGraph(tf.constant(weights, tf.float32), tf.constant(neighbours, tf.int64), share)


def test_mixes_the_graphs_row_by_row():
    # Item 0 has neighbours in both graphs, item 1 in the second alone, item 2 in none.
    first = _graph([[1.0, 3.0], [0, 0], [0, 0]], [[1, 2], [-1, -1], [-1, -1]], 0.25)
    second = _graph([[2.0, 0.0], [4.0, 4.0], [0, 0]], [[2, 1], [0, 2], [0, 1]], 0.75)
    mixed = INITIAL.copy()
    mixed[2:4] *= 0.6
    mixed[2, 3] += 0.4 * 0.25 * 0.25
    mixed[2, 4] += 0.4 * (0.25 * 0.75 + 0.75)
    mixed[3, 2] += 0.4 * 0.5
    mixed[3, 4] += 0.4 * 0.5
    expected = (X + mixed @ X + mixed @ mixed @ X) / 3
    result = _gcn(2, 0.6)(tf.constant(X), [first, second])
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)


def test_without_learned_graphs_the_initial_one_is_whole():
    np.testing.assert_allclose(
        _gcn(1, 0.6)(tf.constant(X), []), (X + INITIAL @ X) / 2, rtol=1e-5, atol=1e-6
    )


def test_threshold_keeps_what_is_larger_and_listed():
    similarities = tf.constant([[0.5, 0.2, -0.9], [0.9, 0.3, 0.0]])
    neighbours = tf.constant([[1, 2, 3], [-1, 0, 2]], tf.int64)
    np.testing.assert_allclose(
        threshold(similarities, neighbours, 0.2), [[0.5, 0, 0], [0, 0.3, 0]], rtol=1e-6
    )
