import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf
import tf_geometric as tfg
from tf_sparse import SparseMatrix

from a2bm2gl_tf.graph.bipartite import bipartite_adjacency, normalised_adjacency
from a2bm2gl_tf.graph.propagation import SparseOperator
from a2bm2gl_tf.layers.collaborative_gcn import CollaborativeGCN

# Users 0 and 1, items 2, 3 and 4: 0-2, 0-3, 1-3; item 4 is isolated.
TRAIN = sp.csr_matrix(np.array([[1, 1, 0], [0, 1, 0]], np.float32))


def _layer(num_layers, combination="mean"):
    operator = SparseOperator(normalised_adjacency(TRAIN), "public")
    return CollaborativeGCN(operator, num_layers, combination)


def test_one_layer_by_hand():
    embeddings = tf.constant([[1.0], [2.0], [4.0], [8.0], [16.0]])
    # d + 1: users 3, 2; items 2, 3, 1.
    expected = [
        1 / 3 + 4 / np.sqrt(6) + 8 / 3,
        2 / 2 + 8 / np.sqrt(6),
        4 / 2 + 1 / np.sqrt(6),
        8 / 3 + 1 / 3 + 2 / np.sqrt(6),
        16.0,
    ]
    np.testing.assert_allclose(_layer(1, "last")(embeddings)[:, 0], expected, rtol=1e-6)
    mean = (np.array(expected) + embeddings.numpy()[:, 0]) / 2
    np.testing.assert_allclose(_layer(1, "mean")(embeddings)[:, 0], mean, rtol=1e-6)


def test_equals_tf_geometric_gcn_with_an_identity_kernel():
    embeddings = np.random.default_rng(0).normal(size=(5, 3)).astype("f4")
    adjacency = bipartite_adjacency(TRAIN).tocoo()
    sparse = SparseMatrix(np.stack([adjacency.row, adjacency.col]), adjacency.data, [5, 5])
    current = embeddings
    for _ in range(2):
        current = tfg.nn.gcn(current, sparse, tf.eye(3)).numpy()
    np.testing.assert_allclose(_layer(2, "last")(tf.constant(embeddings)), current, atol=1e-6)


@pytest.mark.parametrize("combination", ["mean", "last"])
def test_gradient_matches_finite_differences(combination):
    embeddings = tf.constant(np.random.default_rng(1).normal(size=(5, 2)).astype("f4"))
    layer = _layer(3, combination)
    analytic, numeric = tf.test.compute_gradient(layer, [embeddings], delta=1e-2)
    np.testing.assert_allclose(analytic[0], numeric[0], atol=1e-3)


def test_another_operator_takes_the_place_of_its_own():
    embeddings = tf.constant(np.random.default_rng(4).normal(size=(5, 2)).astype("f4"))
    found = _layer(2, "last")(embeddings, operator=lambda x: 3.0 * x)
    np.testing.assert_allclose(found, 9.0 * embeddings, rtol=1e-6)


def test_no_layers_returns_the_input():
    embeddings = tf.constant(np.random.default_rng(2).normal(size=(5, 2)).astype("f4"))
    np.testing.assert_array_equal(_layer(0)(embeddings), embeddings)


def test_refuses_bad_settings():
    with pytest.raises(ValueError, match="num_layers"):
        _layer(-1)
    with pytest.raises(ValueError, match="combination"):
        _layer(1, "max")
