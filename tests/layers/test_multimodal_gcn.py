import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.bipartite import mean_adjacency
from a2bm2gl_tf.graph.propagation import SparseOperator
from a2bm2gl_tf.layers.multimodal_gcn import MultimodalGCN

# Users 0, 1, 2 (2 has no interaction); items 3, 4, 5 (5 has none).
TRAIN = sp.csr_matrix(np.array([[1, 1, 0], [0, 1, 0], [0, 0, 0]], np.float32))
NEIGHBOURS = ([3, 4], [4], [], [0], [0, 1], [])


def _built(width, units, **settings):
    layer = MultimodalGCN(SparseOperator(mean_adjacency(TRAIN), "segment"), units, **settings)
    layer.build((6, width))
    return layer


def _leaky(x, slope):
    return np.where(x > 0, x, slope * x)


def test_by_hand():
    layer = _built(1, 1, combination="add", negative_slope=0.5)
    for kernel, value in zip(layer.kernels, (2.0, -1.0, 3.0), strict=True):
        kernel.assign([[value]])
    nodes = tf.constant([[1.0], [2.0], [-4.0], [4.0], [-6.0], [8.0]])
    ids = tf.constant([[10.0], [0.0], [-3.0], [0.0], [0.0], [0.0]])
    # Means -1, -6, none, 1, 1.5, none; times 2, activated: -1, -6, 0, 2, 3, 0 and times 3.
    # Own part, -x activated plus id: 9.5, -1, 1, -2, 6, -4.
    expected = np.array([-3 + 9.5, 0.5 * (-18 - 1), 1, 6 - 2, 9 + 6, 0.5 * -4])
    np.testing.assert_allclose(layer(nodes, ids), expected[:, None], rtol=1e-6)


@pytest.mark.parametrize("combination", ["concat", "add"])
def test_equals_the_equations_node_by_node(combination):
    rng = np.random.default_rng(0)
    layer = _built(4, 3, combination=combination, negative_slope=0.2, seed=7)
    nodes = rng.normal(size=(6, 4)).astype("f4")
    ids = rng.normal(size=(6, 3)).astype("f4")
    first, second, third = (kernel.numpy() for kernel in layer.kernels)
    expected = []
    for v in range(6):
        messages = [nodes[j] @ first for j in NEIGHBOURS[v]]
        h = _leaky(np.mean(messages, axis=0), 0.2) if messages else np.zeros(4)
        own = _leaky(nodes[v] @ second, 0.2) + ids[v]
        if combination == "concat":
            expected.append(_leaky(np.concatenate([h, own]) @ third, 0.2))
        else:
            expected.append(_leaky(h @ third + own, 0.2))
    np.testing.assert_allclose(layer(nodes, ids), expected, atol=1e-5)


def test_refuses_another_combination():
    with pytest.raises(ValueError, match="combination is 'max'"):
        _built(1, 1, combination="max")
