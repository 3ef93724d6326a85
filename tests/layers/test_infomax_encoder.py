import numpy as np
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import SparseOperator
from a2bm2gl_tf.layers.infomax_encoder import InfomaxEncoder


def test_equals_the_formulas_in_numpy():
    rng = np.random.default_rng(0)
    graph = np.array([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.2, 0.0, 0.8]])
    layer = InfomaxEncoder(SparseOperator(sp.csr_matrix(graph), "public"), 4, num_layers=2, seed=0)
    layer.slopes[1].assign([0.1, 0.2, 0.3, 0.4])
    inputs = rng.normal(size=(3, 4)).astype("f4")
    hidden = inputs
    for kernel, slope in zip(layer.kernels, ([0.25] * 4, [0.1, 0.2, 0.3, 0.4]), strict=True):
        hidden = graph @ hidden @ kernel.numpy()
        hidden = np.where(hidden > 0, hidden, slope * hidden)
    np.testing.assert_allclose(layer(tf.constant(inputs)), hidden, atol=1e-5)

    summary = 1 / (1 + np.exp(-hidden.mean(axis=0)))
    encoded = tf.constant(hidden, tf.float32)
    np.testing.assert_allclose(layer.summary(encoded), summary, rtol=1e-5)
    np.testing.assert_allclose(
        layer.discriminate(encoded, layer.summary(encoded)),
        [h @ layer.discriminator.numpy() @ summary for h in hidden],
        atol=1e-5,
    )
