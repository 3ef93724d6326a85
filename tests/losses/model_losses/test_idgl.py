from types import SimpleNamespace

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.losses.model_losses.idgl import IDGLLoss
from a2bm2gl_tf.models.baselines.idgl import IDGLSettings
from a2bm2gl_tf.models.recommender import Representations

X = np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]], "f4")
# In the second graph item 0 has lost all its weight, and item 2 never had a neighbour.
WEIGHTS = [[[0.5, 0.2], [0.4, 0.0], [0.1, 0.3]], [[0.0, 0.0], [0.6, 0.1], [0.0, 0.0]]]
NEIGHBOURS = [[[1, 2], [2, -1], [0, 1]], [[1, 2], [0, 2], [-1, -1]]]


def test_equals_the_formula_edge_by_edge():
    settings = IDGLSettings(smoothness=0.3, connectivity=0.2, sparsity=0.7)
    model = SimpleNamespace(settings=settings, num_items=3)
    auxiliary = {"inputs": tf.constant(X)}
    for t in range(2):
        auxiliary[f"weights_{t}"] = tf.constant(WEIGHTS[t], tf.float32)
        auxiliary[f"neighbours_{t}"] = tf.constant(NEIGHBOURS[t], tf.int64)
    representations = Representations.of_final(tf.zeros([1, 2]), tf.zeros([3, 2]), **auxiliary)
    terms = IDGLLoss()(model, representations, None, None)
    smooth = connected = sparse = 0.0
    for weights, neighbours in zip(WEIGHTS, NEIGHBOURS, strict=True):
        for i in range(3):
            listed = [(w, j) for w, j in zip(weights[i], neighbours[i], strict=True) if j >= 0]
            smooth += sum(w * np.sum((X[i] - X[j]) ** 2) for w, j in listed)
            sparse += sum(w**2 for w, _ in listed)
            if listed:
                connected -= np.log(max(sum(w for w, _ in listed), 1e-6))
    np.testing.assert_allclose(terms["smoothness"], 0.3 * smooth / (2 * 3) / 2, rtol=1e-5)
    np.testing.assert_allclose(terms["connectivity"], 0.2 * connected / 3 / 2, rtol=1e-5)
    np.testing.assert_allclose(terms["sparsity"], 0.7 * sparse / 3 / 2, rtol=1e-5)


def test_without_a_learned_graph_there_is_no_term():
    model = SimpleNamespace(settings=IDGLSettings(), num_items=3)
    representations = Representations.of_final(
        tf.zeros([1, 2]), tf.zeros([3, 2]), inputs=tf.constant(X)
    )
    assert IDGLLoss()(model, representations, None, None) == {}
