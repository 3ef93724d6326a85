import threading

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.layers.neighbour_scatter import scatter, sparse_product_scatters

INDICES = np.array([[1, 2], [1, 1], [0, 2]])
WEIGHTS = np.array([[1.0, 2.0], [0.5, 0.25], [-1.0, 0.0]], np.float32)


@pytest.fixture(params=[False, True], ids=["segment_sums", "sparse_products"])
def means(request):
    with sparse_product_scatters(request.param):
        yield request.param


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_by_hand(means, dtype):
    x = np.array([[1.0, 10.0], [4.0, 8.0], [3.0, 5.0]], np.float32)
    expected = [[-3.0, -5.0], [1.0 + 3.0, 10.0 + 6.0], [2.0, 20.0], [0.0, 0.0]]
    np.testing.assert_allclose(scatter(WEIGHTS, x, INDICES.astype(dtype), 4), expected)


# One column less and one more than a product takes, and two products with a rest.
@pytest.mark.parametrize("width", [1, 15, 16, 17, 32, 41])
def test_any_width_equals_a_dense_product(means, width):
    rng = np.random.default_rng(width)
    indices, weights = rng.integers(0, 30, (50, 7)), rng.normal(size=(50, 7)).astype("f4")
    x = rng.normal(size=(50, width)).astype("f4")
    dense = np.zeros((50, 30), np.float32)
    np.add.at(dense, (np.arange(50)[:, None], indices), weights)

    @tf.function
    def traced(count):
        return scatter(tf.constant(weights), tf.constant(x), tf.constant(indices), count)

    for result in (scatter(weights, tf.constant(x), indices, 30), traced(tf.constant(30))):
        assert result.shape == (30, width)
        np.testing.assert_allclose(result, dense.T @ x, rtol=1e-4, atol=1e-5)


def _operations():
    graph = tf.Graph()
    with graph.as_default():
        scatter(tf.constant(WEIGHTS), tf.ones([3, 2]), tf.constant(INDICES), 4)
    return {operation.type for operation in graph.get_operations()}


def test_products_are_for_those_who_allow_them_alone():
    assert "UnsortedSegmentSum" in _operations()
    with sparse_product_scatters(True):
        assert "SparseTensorDenseMatMul" in _operations()
        with sparse_product_scatters(False):
            assert "UnsortedSegmentSum" in _operations()
        assert "SparseTensorDenseMatMul" in _operations()
        # Another thread traces something else.
        found = []
        other = threading.Thread(target=lambda: found.append(_operations()))
        other.start()
        other.join()
        assert "UnsortedSegmentSum" in found[0]
    assert "UnsortedSegmentSum" in _operations()


def test_an_error_within_ends_it_too():
    with pytest.raises(ValueError, match="within"), sparse_product_scatters(True):
        raise ValueError("within")
    assert "UnsortedSegmentSum" in _operations()
