import numpy as np
import scipy.sparse as sp
import tensorflow as tf
from tf_geometric.nn import gcn_norm_adj
from tf_sparse import SparseMatrix

from a2bm2gl_tf.graph.bipartite import (
    bipartite_adjacency,
    lightgcn_adjacency,
    mean_adjacency,
    normalised_adjacency,
)
from a2bm2gl_tf.graph.components import component_labels
from a2bm2gl_tf.graph.edge_weights import neighbour_edge_weights, ultragcn_edge_weights

# Users 0, 1, 2 (2 has no interaction); items 3, 4, 5 (5 has none).
TRAIN = sp.csr_matrix(np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]], np.float32))


def test_adjacency_is_symmetric_with_users_first():
    dense = bipartite_adjacency(TRAIN).toarray()
    expected = np.zeros((6, 6))
    for user, item in ((0, 3), (0, 4), (1, 4)):
        expected[user, item] = expected[item, user] = 1
    np.testing.assert_array_equal(dense, expected)


def test_normalisation_by_hand():
    dense = normalised_adjacency(TRAIN).toarray()
    assert dense[0, 0] == np.float32(1 / 3)
    np.testing.assert_allclose(dense[0, 4], 1 / np.sqrt(3 * 3), rtol=1e-6)
    np.testing.assert_allclose(dense[1, 4], 1 / np.sqrt(2 * 3), rtol=1e-6)
    np.testing.assert_array_equal(dense[2], np.eye(6)[2])
    np.testing.assert_array_equal(dense[5], np.eye(6)[5])


def test_normalisation_equals_tf_geometric():
    adjacency = bipartite_adjacency(TRAIN).tocoo()
    sparse = SparseMatrix(np.stack([adjacency.row, adjacency.col]), adjacency.data, [6, 6])
    expected = tf.sparse.to_dense(tf.sparse.reorder(gcn_norm_adj(sparse).to_sparse_tensor()))
    np.testing.assert_allclose(normalised_adjacency(TRAIN).toarray(), expected, atol=1e-7)


def test_lightgcn_has_no_loops_and_zero_rows_for_isolated_nodes():
    dense = lightgcn_adjacency(TRAIN).toarray()
    np.testing.assert_allclose(dense[0, 3], 1 / np.sqrt(2 * 1), rtol=1e-6)
    np.testing.assert_allclose(dense[0, 4], 1 / np.sqrt(2 * 2), rtol=1e-6)
    assert not dense.diagonal().any()
    assert not dense[[2, 5]].any()


def test_mean_adjacency_averages_neighbours():
    values = np.array([1, 2, 4, 8, 16, 32], np.float32)
    np.testing.assert_array_equal(mean_adjacency(TRAIN) @ values, [12, 16, 0, 1, 1.5, 0])


def test_ultragcn_weights_by_hand():
    # d_0 = 2, d_1 = 1; item degrees 1, 2, 0. Edges in order: (0, 0), (0, 1), (1, 1).
    expected = [0.5 * np.sqrt(3 / 2), 0.5 * np.sqrt(3 / 3), 1.0 * np.sqrt(2 / 3)]
    np.testing.assert_allclose(ultragcn_edge_weights(TRAIN), expected, rtol=1e-6)


def test_neighbour_weights_are_those_of_the_same_graph_as_a_matrix():
    neighbours = np.array([[1, 2], [2, -1], [-1, -1]], np.int32)
    expected = ultragcn_edge_weights(
        sp.csr_matrix(np.array([[0, 1, 1], [0, 0, 1], [0, 0, 0]], np.float32))
    )
    weights = neighbour_edge_weights(neighbours)
    np.testing.assert_allclose(weights[neighbours >= 0], expected, rtol=1e-6)
    assert not weights[neighbours < 0].any()


def test_components_follow_edges_in_both_directions():
    directed = sp.csr_matrix(np.array([[0, 1, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 0]]))
    labels = component_labels(directed)
    assert labels[0] == labels[1] == labels[2] != labels[3]
    assert labels.dtype == np.int32
