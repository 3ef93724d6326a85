import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph import propagation
from a2bm2gl_tf.graph.propagation import SparseOperator, resolve_backend

BACKENDS = ("csr", "segment", "public")


def _matrix(rows, columns, seed=0):
    matrix = sp.random(rows, columns, density=0.3, random_state=seed, dtype=np.float32).tolil()
    matrix[1] = 0  # an empty row
    return matrix.tocsr()


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("shape", [(7, 7), (5, 9), (9, 5)])
def test_product_and_gradient_equal_dense(backend, shape):
    matrix = _matrix(*shape)
    x = tf.Variable(np.random.default_rng(1).normal(size=(shape[1], 3)).astype("f4"))
    upstream = np.random.default_rng(2).normal(size=(shape[0], 3)).astype("f4")
    operator = SparseOperator(matrix, backend)
    with tf.GradientTape() as tape:
        product = operator(x)
        loss = tf.reduce_sum(product * upstream)
    np.testing.assert_allclose(product, matrix.toarray() @ x.numpy(), atol=1e-5)
    gradient = tape.gradient(loss, x)
    np.testing.assert_allclose(gradient, matrix.toarray().T @ upstream, atol=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_unsorted_and_repeated_indices_are_put_in_order(backend):
    unsorted = sp.csr_matrix(
        (
            np.array([1.0, 2.0, 3.0, 4.0, 5.0], np.float32),
            np.array([2, 0, 1, 1, 0]),
            np.array([0, 2, 4, 5]),
        ),
        shape=(3, 3),
    )
    expected = np.array([[2.0, 0.0, 1.0], [0.0, 7.0, 0.0], [5.0, 0.0, 0.0]])
    np.testing.assert_allclose(SparseOperator(unsorted, backend)(tf.eye(3)), expected)


@pytest.mark.parametrize("indices", [[2, 0, 1, 0], [0, 0, 1, 0]])
def test_csr_refuses_unsorted_and_repeated_indices(indices):
    matrix = sp.csr_matrix((3, 3), dtype=np.float32)
    matrix.data = np.ones(4, np.float32)
    matrix.indices, matrix.indptr = np.array(indices), np.array([0, 2, 2, 4])
    with pytest.raises(ValueError, match="ascend within each row"):
        propagation._csr_product(matrix)


@pytest.mark.parametrize("backend", BACKENDS)
def test_works_inside_a_traced_function(backend):
    matrix = _matrix(6, 6)
    operator = SparseOperator(matrix, backend)

    @tf.function
    def loss_and_gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.square(operator(operator(x))))
        return loss, tape.gradient(loss, x)

    x = np.random.default_rng(3).normal(size=(6, 2)).astype("f4")
    squared = matrix.toarray() @ matrix.toarray()
    loss, gradient = loss_and_gradient(tf.constant(x))
    np.testing.assert_allclose(loss, np.square(squared @ x).sum(), rtol=1e-5)
    np.testing.assert_allclose(gradient, 2 * squared.T @ squared @ x, atol=1e-5)


def test_segment_compiles_with_xla():
    matrix = _matrix(6, 6)
    operator = SparseOperator(matrix, "segment")
    x = np.random.default_rng(4).normal(size=(6, 2)).astype("f4")
    compiled = tf.function(operator, jit_compile=True)
    np.testing.assert_allclose(compiled(tf.constant(x)), matrix.toarray() @ x, atol=1e-5)


def test_half_precision_goes_through_float32():
    matrix = _matrix(6, 6)
    x = tf.cast(np.random.default_rng(5).normal(size=(6, 2)), tf.bfloat16)
    product = SparseOperator(matrix, "csr")(x)
    assert product.dtype == tf.bfloat16
    expected = tf.cast(matrix.toarray() @ tf.cast(x, tf.float32).numpy(), tf.bfloat16)
    np.testing.assert_array_equal(product, expected)


def test_backend_choice():
    assert resolve_backend("auto", jit_compile=True) == "segment"
    assert resolve_backend("public", jit_compile=False) == "public"
    for backend in ("csr", "public"):
        with pytest.raises(UserError, match=f"--propagation={backend}"):
            resolve_backend(backend, jit_compile=True)
    with pytest.raises(ValueError, match="dense"):
        SparseOperator(_matrix(3, 3), "dense")
