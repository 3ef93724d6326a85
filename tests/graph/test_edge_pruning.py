import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.graph.edge_pruning import edge_keep_weights, sample_edges

TRAIN = sp.csr_matrix(np.array([[1, 1, 0, 1], [0, 0, 0, 0], [1, 0, 0, 0]], np.float32))


def test_weights_by_hand():
    # d_u = 3, 0, 1 and d_v = 2, 1, 0, 1.
    expected = [6**-0.5, 3**-0.5, 3**-0.5, 2**-0.5]
    np.testing.assert_allclose(edge_keep_weights(TRAIN), expected)


@pytest.mark.parametrize("count", [0, 1, 3, 4])
def test_keeps_as_many_as_told_of_the_edges_there_are(count):
    kept = sample_edges(TRAIN, edge_keep_weights(TRAIN), count, np.random.default_rng(0))
    assert kept.nnz == count
    assert kept.has_sorted_indices
    assert ((TRAIN - kept).data >= 0).all()


def test_pairs_are_as_likely_as_in_successive_draws():
    weights = np.array([4.0, 2.0, 1.0, 1.0])
    rng = np.random.default_rng(1)
    draws = 4000
    seen = np.zeros((4, 4))
    place = {(0, 0): 0, (0, 1): 1, (0, 3): 2, (2, 0): 3}
    for _ in range(draws):
        kept = sample_edges(TRAIN, weights, 2, rng).tocoo()
        first, second = sorted(
            place[int(row), int(column)] for row, column in zip(kept.row, kept.col, strict=True)
        )
        seen[first, second] += 1
    shares = weights / weights.sum()
    for i, j in [(0, 1), (1, 2), (2, 3)]:
        likely = shares[i] * shares[j] * (1 / (1 - shares[i]) + 1 / (1 - shares[j]))
        assert abs(seen[i, j] / draws - likely) < 5 * np.sqrt(likely / draws)
