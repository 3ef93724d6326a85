import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.layers.resampled_operator import ResampledOperator

FIRST = np.array([[0, 2, 0], [2, 0, 1], [0, 1, 0]], np.float32)
SECOND = np.array([[0, 0, 3], [0, 0, -1], [3, -1, 0]], np.float32)
X = np.arange(6, dtype=np.float32).reshape(3, 2)


@pytest.mark.parametrize("backend", ["csr", "segment", "public"])
def test_one_trace_follows_the_matrix_with_gradients(backend):
    operator = ResampledOperator((3, 3), 4, backend)
    traces = []

    @tf.function
    def twice(x):
        traces.append(1)
        with tf.GradientTape() as tape:
            tape.watch(x)
            product = operator.product()
            result = product(product(x))
            loss = tf.reduce_sum(result * tf.constant(X))
        return result, tape.gradient(loss, x)

    for matrix in (FIRST, SECOND):
        operator.assign(sp.csr_matrix(matrix))
        result, gradient = twice(tf.constant(X + 1))
        np.testing.assert_allclose(result, matrix @ matrix @ (X + 1), rtol=1e-6)
        np.testing.assert_allclose(gradient, matrix @ matrix @ X, rtol=1e-6)
    assert len(traces) == 1


def test_refuses_what_the_product_would_get_wrong():
    operator = ResampledOperator((3, 3), 4, "csr")
    unsorted = sp.csr_matrix((FIRST[FIRST > 0], [1, 2, 0, 1], [0, 1, 3, 4]), shape=(3, 3))
    with pytest.raises(ValueError, match="sorted"):
        operator.assign(unsorted)
    with pytest.raises(ValueError, match="shape"):
        operator.assign(sp.identity(2, format="csr"))
