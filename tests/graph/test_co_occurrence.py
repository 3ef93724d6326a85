"""Co-occurrences and neighbours against loops over sets of users."""

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.graph import co_occurrence
from a2bm2gl_tf.graph.co_occurrence import co_occurrence_neighbours, dense_co_occurrence


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(co_occurrence, "_BLOCK_ITEMS", 4)


@pytest.fixture(scope="module")
def train():
    dense = np.random.default_rng(0).random((12, 11)) < 0.3
    dense[:, 5] = False
    return sp.csr_matrix(dense, dtype=np.float32)


def test_dense_counts(train):
    dense = train.toarray()
    counts = dense_co_occurrence(train)
    assert counts.dtype == np.float32
    np.testing.assert_array_equal(counts, dense.T @ dense)


@pytest.mark.parametrize("shrinkage", [0.0, 3.0])
@pytest.mark.parametrize("k", [1, 3, 20])
def test_neighbours(train, k, shrinkage):
    users = [set(np.flatnonzero(column)) for column in train.toarray().T]
    expected = np.zeros((11, 11))
    for i in range(11):
        similar = {}
        for j in range(11):
            both = len(users[i] & users[j])
            if i != j and both:
                similar[j] = both / ((len(users[i]) * len(users[j])) ** 0.5 + shrinkage)
        for j in sorted(similar, key=lambda j: (-round(similar[j], 9), j))[:k]:
            expected[i, j] = similar[j]
    found = co_occurrence_neighbours(train, k, shrinkage)
    np.testing.assert_allclose(found.toarray(), expected, atol=1e-6)
    assert found.has_sorted_indices
