"""The inverse in place is the inverse."""

import numpy as np
import pytest

from a2bm2gl_tf.graph import positive_definite
from a2bm2gl_tf.graph.positive_definite import invert_in_place


def _matrix(size):
    rows = np.random.default_rng(size).normal(size=(size, 2 * size))
    return np.ascontiguousarray(rows @ rows.T / size + np.eye(size), np.float32)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_it_is_numpys_inverse_in_the_same_memory(size, monkeypatch):
    monkeypatch.setattr(positive_definite, "_BLOCK_ROWS", 3)
    matrix = _matrix(size)
    expected = np.linalg.inv(matrix.astype(np.float64))
    address = matrix.__array_interface__["data"]
    invert_in_place(matrix)
    assert matrix.__array_interface__["data"] == address
    np.testing.assert_allclose(matrix, expected, atol=2e-6)
    np.testing.assert_array_equal(matrix, matrix.T)


def test_what_is_not_positive_definite_is_refused():
    with pytest.raises(np.linalg.LinAlgError, match="not positive definite at row 1"):
        invert_in_place(np.array([[1, 2], [2, 1]], np.float32))


@pytest.mark.parametrize("matrix", [np.eye(3), np.asfortranarray(_matrix(3))])
def test_another_kind_of_array_would_be_copied_and_is_refused(matrix):
    with pytest.raises(ValueError, match="C-contiguous float32"):
        invert_in_place(matrix)
