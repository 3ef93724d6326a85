"""Co-occurrences and neighbours against loops over sets of users."""

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.graph import co_occurrence
from a2bm2gl_tf.graph.co_occurrence import (
    co_occurrence_neighbours,
    constraint_neighbours,
    dense_co_occurrence,
)
from a2bm2gl_tf.graph.neighbour_lists import weighted_neighbour_lists


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


def _constraint_lists(train, k):
    return weighted_neighbour_lists(constraint_neighbours(train, k), k)


def test_the_constraint_graph_by_hand():
    # G = [[2, 1, 1, 0], [1, 2, 1, 0], [1, 1, 2, 0], [0, 0, 0, 1]] without user 2's share.
    train = sp.csr_matrix(np.array([[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]], "f4"))
    neighbours, omega = _constraint_lists(train, 2)
    # g = (5, 5, 3, 1), G_ii = (2, 2, 1, 1).
    np.testing.assert_array_equal(neighbours, [[1, 2], [0, 2], [0, 1], [-1, -1]])
    third = np.sqrt(5 / 3) / 3
    np.testing.assert_allclose(
        omega, [[2 / 3, third], [2 / 3, third], [np.sqrt(0.6) / 2] * 2, [0, 0]], rtol=1e-6
    )


def test_the_constraint_graph_equals_the_formula_whatever_the_blocks(monkeypatch):
    monkeypatch.setattr(co_occurrence, "_BLOCK_ITEMS", 3)
    rng = np.random.default_rng(0)
    dense = (rng.random((12, 10)) < 0.3).astype("f4")
    dense[:, 7] = 0
    neighbours, omega = _constraint_lists(sp.csr_matrix(dense), 4)
    counts = dense.T @ dense
    totals = counts.sum(axis=1)
    for i in range(10):
        expected = sorted(
            (
                (-counts[i, j] / (totals[i] - counts[i, i]) * np.sqrt(totals[i] / totals[j]), j)
                for j in range(10)
                if j != i and counts[i, j]
            ),
            key=lambda pair: (round(pair[0], 6), pair[1]),
        )[:4]
        listed = neighbours[i] >= 0
        assert neighbours[i][listed].tolist() == [j for _, j in expected]
        np.testing.assert_allclose(omega[i][listed], [-w for w, _ in expected], rtol=1e-6)
        assert (omega[i][~listed] == 0).all()
