import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.propagation import SparseOperator
from a2bm2gl_tf.layers.markov_diffusion import MarkovDiffusion

A = np.array([[0.5, 0.5, 0], [0.5, 0.25, 0.3], [0, 0.3, 0.7]])
X = np.array([[1.0, 2], [0, -1], [3, 0.5]])


def _layer(num_steps, alpha, beta):
    return MarkovDiffusion(SparseOperator(sp.csr_matrix(A), "public"), num_steps, alpha, beta)


def test_equals_the_closed_sum():
    alpha, beta = 0.2, 0.7
    gamma = beta**3 + alpha * (1 + beta + beta**2)
    expected = beta**3 * np.linalg.matrix_power(A, 3) @ X
    for k in range(3):
        expected += alpha * beta**k * np.linalg.matrix_power(A, k) @ X
    result = _layer(3, alpha, beta)(tf.constant(X, tf.float32))
    np.testing.assert_allclose(result, expected / gamma, rtol=1e-6)


def test_weights_that_add_up_to_one_need_no_division():
    assert _layer(4, 0.1, 0.9).gamma == pytest.approx(1.0)


def test_without_a_step_nothing_changes():
    np.testing.assert_array_equal(_layer(0, 0.1, 0.9)(tf.constant(X, tf.float32)), X)


@pytest.mark.parametrize("arguments", [(-1, 0.1, 0.9), (2, -0.1, 0.9), (2, 0.0, 0.0)])
def test_refuses_what_leaves_nothing(arguments):
    with pytest.raises(ValueError, match=r"alpha"):
        _layer(*arguments)
