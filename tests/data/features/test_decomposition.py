import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.features.decomposition import truncated_svd


@pytest.fixture
def matrix():
    rng = np.random.default_rng(0)
    return sp.random_array((40, 25), density=0.3, rng=rng, format="csr")


def test_full_rank_rebuilds_the_matrix(matrix):
    found = truncated_svd(matrix, 100, 0)
    assert found.rows.shape == (40, 25)
    np.testing.assert_allclose(found.rows @ found.components, matrix.toarray(), atol=1e-12)
    np.testing.assert_allclose(found.components @ found.components.T, np.eye(25), atol=1e-12)
    assert found.explained == pytest.approx(1)


def test_agrees_with_lapack_up_to_sign(matrix):
    found = truncated_svd(matrix, 5, 0)
    left, values, right = np.linalg.svd(matrix.toarray(), full_matrices=False)
    np.testing.assert_allclose(np.linalg.norm(found.rows, axis=0), values[:5], rtol=1e-5)
    np.testing.assert_allclose(np.abs(found.rows), np.abs(left * values)[:, :5], atol=2e-3)
    np.testing.assert_allclose(np.abs(found.components), np.abs(right[:5]), atol=2e-3)
    assert found.explained == pytest.approx((values[:5] ** 2).sum() / (values**2).sum(), rel=1e-6)


def test_the_largest_entry_of_each_direction_is_positive(matrix):
    components = truncated_svd(matrix, 10, 0).components
    largest = np.abs(components).argmax(axis=1)
    assert (components[np.arange(10), largest] > 0).all()


def test_signs_do_not_follow_the_start(matrix):
    first, second = truncated_svd(matrix, 25, 1), truncated_svd(matrix, 25, 2)
    np.testing.assert_allclose(first.rows, second.rows, atol=1e-9)


def test_of_equal_entries_the_first_is_positive():
    # The one direction is +-(1, -1) / sqrt 2.
    for seed in range(5):
        found = truncated_svd(np.array([[-1.0, 1.0], [2.0, -2.0]]), 2, seed)
        np.testing.assert_allclose(found.components, [[0.5**0.5, -(0.5**0.5)]], rtol=1e-12)
        np.testing.assert_allclose(found.rows, [[-(2**0.5)], [8**0.5]], rtol=1e-12)


def test_rank_is_found(matrix):
    low = (matrix[:, :3] @ matrix[:3].toarray()[:, :20]).astype(float)
    assert truncated_svd(sp.csr_matrix(low), 10, 0).rows.shape == (40, 3)
