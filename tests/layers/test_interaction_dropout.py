import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.bipartite import normalised_adjacency
from a2bm2gl_tf.layers.interaction_dropout import InteractionDropout

TRAIN = sp.csr_matrix(np.array([[1, 1, 0], [0, 1, 1]], np.float32))
EYE = tf.eye(5)


def _dense(dropout, seed):
    return dropout.sample(tf.constant([3, seed]))(EYE).numpy()


@pytest.mark.parametrize("backend", ["csr", "segment", "public"])
def test_an_interaction_goes_in_both_directions_or_stays_twice_as_heavy(backend):
    adjacency = normalised_adjacency(TRAIN).toarray()
    dropout = InteractionDropout(normalised_adjacency(TRAIN), 0.5, backend)
    drawn = [_dense(dropout, seed) for seed in range(200)]
    loops = np.eye(5, dtype=bool)
    for matrix in drawn:
        np.testing.assert_allclose(matrix, matrix.T, atol=1e-7)
        np.testing.assert_allclose(matrix[loops], adjacency[loops], rtol=1e-6)
        kept = matrix[~loops] != 0
        np.testing.assert_allclose(matrix[~loops][kept], 2 * adjacency[~loops][kept], rtol=1e-6)
    assert len({matrix.tobytes() for matrix in drawn}) == 2**4
    np.testing.assert_allclose(np.mean(drawn, axis=0), adjacency, atol=0.12)
    np.testing.assert_array_equal(_dense(dropout, 7), _dense(dropout, 7))


def test_the_rate_is_the_share_that_goes():
    train = sp.csr_matrix(np.ones((40, 50), np.float32))
    dropout = InteractionDropout(normalised_adjacency(train), 0.2, "public")
    matrix = dropout.sample(tf.constant([0, 1]))(tf.eye(90)).numpy()
    assert np.mean(matrix[:40, 40:] == 0) == pytest.approx(0.2, abs=0.03)


def test_the_gradient_goes_through_the_same_draw():
    dropout = InteractionDropout(normalised_adjacency(TRAIN), 0.5, "csr")
    x = tf.constant(np.random.default_rng(0).normal(size=(5, 2)).astype("f4"))
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.reduce_sum(dropout.sample(tf.constant([3, 1]))(x) * x[::-1])
    matrix = _dense(dropout, 1)
    expected = matrix.T @ x.numpy()[::-1] + (matrix @ x.numpy())[::-1]
    np.testing.assert_allclose(tape.gradient(value, x), expected, rtol=1e-5)
