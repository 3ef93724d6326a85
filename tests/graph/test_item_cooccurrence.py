import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.graph import item_cooccurrence
from a2bm2gl_tf.graph.item_cooccurrence import cooccurrence_neighbours


def test_by_hand():
    # G = [[2, 1, 1, 0], [1, 2, 1, 0], [1, 1, 2, 0], [0, 0, 0, 1]] without user 2's share.
    train = sp.csr_matrix(np.array([[1, 1, 1, 0], [1, 1, 0, 0], [0, 0, 0, 1]], "f4"))
    neighbours, omega = cooccurrence_neighbours(train, 2)
    # g = (5, 5, 3, 1), G_ii = (2, 2, 1, 1).
    np.testing.assert_array_equal(neighbours, [[1, 2], [0, 2], [0, 1], [-1, -1]])
    third = np.sqrt(5 / 3) / 3
    np.testing.assert_allclose(
        omega, [[2 / 3, third], [2 / 3, third], [np.sqrt(0.6) / 2] * 2, [0, 0]], rtol=1e-6
    )


def test_equals_the_formula_over_all_pairs_whatever_the_blocks(monkeypatch):
    monkeypatch.setattr(item_cooccurrence, "_BLOCK_ITEMS", 3)
    rng = np.random.default_rng(0)
    dense = (rng.random((12, 10)) < 0.3).astype("f4")
    dense[:, 7] = 0
    neighbours, omega = cooccurrence_neighbours(sp.csr_matrix(dense), 4)
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
