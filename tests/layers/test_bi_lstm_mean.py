import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.layers.bi_lstm_mean import BiLSTMMean


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


def _lstm(lstm, steps):
    kernel, recurrent, bias = (w.numpy() for w in lstm.weights)
    hidden, cell, outputs = np.zeros(2), np.zeros(2), []
    for x in steps:
        write, forget, new, out = np.split(x @ kernel + hidden @ recurrent + bias, 4)
        cell = _sigmoid(forget) * cell + _sigmoid(write) * np.tanh(new)
        hidden = _sigmoid(out) * np.tanh(cell)
        outputs.append(hidden)
    return outputs


def test_equals_the_equations_over_the_present_steps():
    layer = BiLSTMMean(4, seed=0)
    sequences = np.random.default_rng(0).normal(size=(3, 3, 4)).astype("f4")
    present = np.array([[True, True, True], [False, True, True], [False, False, False]])
    result = layer(tf.constant(sequences), tf.constant(present)).numpy()
    for row in range(2):
        steps = sequences[row][present[row]]
        ahead, back = _lstm(layer.ahead, steps), _lstm(layer.back, steps[::-1])[::-1]
        expected = np.mean(np.concatenate([ahead, back], axis=1), axis=0)
        np.testing.assert_allclose(result[row], expected, atol=1e-5)
    np.testing.assert_array_equal(result[2], np.zeros(4))
    assert not np.allclose(layer.ahead.weights[0], layer.back.weights[0])


def test_an_odd_width_is_refused():
    with pytest.raises(UserError, match="--dimension=5"):
        BiLSTMMean(5)
