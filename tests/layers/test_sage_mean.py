import numpy as np
import scipy.sparse as sp
import tensorflow as tf
from tf_geometric.nn import mean_graph_sage

from a2bm2gl_tf.graph.bipartite import bipartite_adjacency, mean_adjacency
from a2bm2gl_tf.graph.propagation import SparseOperator
from a2bm2gl_tf.layers.sage_mean import SageMean

# Users 0, 1, 2 (2 has no interaction); items 3, 4, 5 (5 has none).
TRAIN = sp.csr_matrix(np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]], np.float32))
WIDTH, UNITS = 4, 5


def _built(units=UNITS, width=WIDTH, **settings):
    layer = SageMean(SparseOperator(mean_adjacency(TRAIN), "segment"), units, **settings)
    layer.build((6, width))
    return layer


def test_by_hand():
    layer = _built(units=2, width=1)
    # Output 0 is 3 h + 4 mean, output 1 is h - mean.
    layer.kernel.assign([[3.0, 1.0], [4.0, -1.0]])
    nodes = tf.constant([[1.0], [2.0], [-1.0], [0.0], [5.0], [0.0]])
    # Means 2.5, 5, none, 1, 1.5, none.
    raw = np.array([[13, -1.5], [26, -3], [-3, -1], [4, -1], [21, 3.5], [0, 0]])
    active = np.maximum(raw, 0)
    expected = active / np.maximum(np.linalg.norm(active, axis=1, keepdims=True), 1e-6)
    np.testing.assert_allclose(layer(nodes), expected, rtol=1e-6)


def test_equals_tf_geometric_with_the_same_weights():
    layer = _built(seed=1)
    nodes = np.random.default_rng(0).normal(size=(6, WIDTH)).astype("f4")
    edges = np.stack(bipartite_adjacency(TRAIN).nonzero()).astype("i4")
    kernel = layer.kernel.numpy()
    expected = mean_graph_sage(
        nodes,
        edges,
        None,
        kernel[:WIDTH],
        kernel[WIDTH:],
        activation=tf.nn.relu,
        concat=False,
        normalize=True,
    )
    np.testing.assert_allclose(layer(nodes), expected, atol=1e-6)


def test_a_node_of_length_zero_has_a_finite_gradient():
    layer = _built(seed=2)
    nodes = tf.zeros([6, WIDTH])
    with tf.GradientTape() as tape:
        tape.watch(nodes)
        total = tf.reduce_sum(layer(nodes))
    assert np.isfinite(tape.gradient(total, nodes)).all()
