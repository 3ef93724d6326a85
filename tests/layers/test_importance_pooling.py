import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import SparseOperator
from a2bm2gl_tf.layers.importance_pooling import ImportancePooling

# Node 2 has no neighbours.
IMPORTANCE = np.array([[0, 0.75, 0.25], [1, 0, 0], [0, 0, 0]], np.float32)


def _built(width, units, **settings):
    layer = ImportancePooling(
        SparseOperator(sp.csr_matrix(IMPORTANCE), "segment"), units, **settings
    )
    layer.build((3, width))
    return layer


def test_by_hand():
    layer = _built(1, 1)
    layer.message.kernel.assign([[2.0]])
    layer.message.bias.assign([-1.0])
    # Messages of 3, 1 and 0: 5, 1 and none, because 2 * 0 - 1 is below 0.
    np.testing.assert_allclose(layer.message(tf.constant([[3.0], [1.0], [0.0]])), [[5], [1], [0]])
    # [h, n] W + w with h as first output and 4 n + 1 as second.
    two = _built(1, 2)
    two.message.kernel.assign([[2.0, 0.0]])
    two.message.bias.assign([-1.0, 0.0])
    two.update.kernel.assign([[1.0, 0.0], [0.0, 4.0], [0.0, 0.0]])
    two.update.bias.assign([0.0, 1.0])
    output = two(tf.constant([[3.0], [1.0], [0.0]])).numpy()
    raw = np.array([[3, 4 * 0.75 + 1], [1, 4 * 5 + 1], [0, 1]])
    expected = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    np.testing.assert_allclose(output, expected, rtol=1e-6)


@pytest.mark.parametrize("units", [2, 6])
def test_equals_algorithm_1_node_by_node(units):
    rng = np.random.default_rng(0)
    layer = _built(4, units, seed=3)
    for dense in (layer.message, layer.update):
        dense.bias.assign(rng.normal(size=dense.bias.shape))
    nodes = rng.normal(size=(3, 4)).astype("f4")
    expected = np.zeros((3, units))
    for v in range(3):
        pooled = np.zeros(units)
        for u in range(3):
            message = nodes[u] @ layer.message.kernel.numpy() + layer.message.bias.numpy()
            pooled += IMPORTANCE[v, u] * np.maximum(message, 0)
        joined = np.concatenate([nodes[v], pooled])
        h = np.maximum(joined @ layer.update.kernel.numpy() + layer.update.bias.numpy(), 0)
        expected[v] = h / max(np.linalg.norm(h), 1e-6)
    np.testing.assert_allclose(layer(nodes), expected, atol=1e-6)
