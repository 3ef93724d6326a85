import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.layers import slot_blocks
from a2bm2gl_tf.layers.neighbour_ops import (
    neighbour_dot,
    neighbour_sum,
    weighted_neighbour_dot,
)

INDICES = np.array([[1, 2, -1], [0, -1, -1], [3, 0, 2], [-1, -1, -1]], np.int32)


def _dense(weights):
    matrix = np.zeros((4, 4), np.float32)
    for row, (neighbours, values) in enumerate(zip(INDICES, weights, strict=True)):
        for neighbour, value in zip(neighbours, values, strict=True):
            if neighbour >= 0:
                matrix[row, neighbour] += value
    return matrix


@pytest.fixture
def inputs():
    rng = np.random.default_rng(3)
    return rng.normal(size=(4, 3)).astype("f4"), rng.normal(size=(4, 5)).astype("f4")


def test_sum_by_hand():
    x = tf.constant([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0], [4.0, 5.0]])
    weights = tf.constant([[1.0, 2.0, 99.0], [0.5, 99.0, 99.0], [1.0, -1.0, 0.0], [9.0, 9.0, 9.0]])
    expected = [[6.0, 8.0], [0.5, 0.0], [3.0, 5.0], [0.0, 0.0]]
    np.testing.assert_allclose(neighbour_sum(weights, x, INDICES), expected)


def test_dot_by_hand():
    x = tf.constant([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0], [4.0, 5.0]])
    expected = [[0.0, 3.0, 0.0], [0.0, 0.0, 0.0], [27.0, 3.0, 18.0], [0.0, 0.0, 0.0]]
    np.testing.assert_allclose(neighbour_dot(x, x, INDICES), expected)


def test_weighted_dot_by_hand():
    x = tf.constant([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0], [4.0, 5.0]])
    weights = tf.constant([[1.0, 1.0], [0.0, 10.0]])
    expected = [
        [[0.0, 0.0], [3.0, 0.0], [0.0, 0.0]],
        [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]],
        [[27.0, 150.0], [3.0, 0.0], [18.0, 90.0]],
        [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]],
    ]
    np.testing.assert_allclose(weighted_neighbour_dot(x, weights, INDICES), expected)


def test_weighted_dot_is_a_dot_a_weighting_with_its_gradients(inputs):
    x = tf.Variable(inputs[1])
    weights = tf.Variable(np.random.default_rng(6).normal(size=(2, 5)).astype("f4"))
    upstream = tf.constant(np.random.default_rng(7).normal(size=(4, 3, 2)).astype("f4"))
    with tf.GradientTape(persistent=True) as tape:
        fast = weighted_neighbour_dot(x, weights, INDICES)
        plain = tf.stack([neighbour_dot(x * weights[p], x, INDICES) for p in (0, 1)], axis=2)
        of_fast, of_plain = (tf.reduce_sum(out * upstream) for out in (fast, plain))
    np.testing.assert_allclose(fast, plain, rtol=1e-5, atol=1e-6)
    for variable in (x, weights):
        np.testing.assert_allclose(
            tape.gradient(of_fast, variable),
            tape.gradient(of_plain, variable),
            rtol=1e-4,
            atol=1e-5,
        )


# Five columns and four rows: a block of 20 elements holds one slot, of 1 still takes one.
@pytest.mark.parametrize("block", [1, 40, 10**6])
def test_equals_dense_with_gradients_for_any_block_size(inputs, monkeypatch, block):
    monkeypatch.setattr(slot_blocks, "_BLOCK_ELEMENTS", block)
    weights, x = (tf.Variable(value) for value in inputs)
    upstream = tf.constant(np.random.default_rng(4).normal(size=(4, 5)).astype("f4"))
    with tf.GradientTape() as tape:
        fast = neighbour_sum(weights, x, INDICES)
        loss = tf.reduce_sum(fast * upstream)
    weights_gradient, x_gradient = tape.gradient(loss, [weights, x])
    matrix = _dense(inputs[0])
    np.testing.assert_allclose(fast, matrix @ inputs[1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(x_gradient, matrix.T @ upstream, rtol=1e-5, atol=1e-6)
    pairwise = upstream.numpy() @ inputs[1].T
    expected = np.where(INDICES >= 0, np.take_along_axis(pairwise, np.maximum(INDICES, 0), 1), 0)
    np.testing.assert_allclose(weights_gradient, expected, rtol=1e-5, atol=1e-6)


def test_dot_gradient_matches_finite_differences(inputs):
    x = tf.constant(inputs[1])
    y = tf.constant(np.random.default_rng(5).normal(size=(4, 5)).astype("f4"))
    analytic, numeric = tf.test.compute_gradient(
        lambda x, y: neighbour_dot(x, y, INDICES), [x, y], delta=1e-2
    )
    for one, other in zip(analytic, numeric, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)


def test_compiled_by_xla_values_and_gradients_are_the_same():
    rng = np.random.default_rng(6)
    indices = tf.constant(rng.integers(-1, 300, size=(300, 7)))
    weights = tf.constant(rng.normal(size=(300, 7)).astype("f4"))
    x, y = (tf.constant(rng.normal(size=(300, 16)).astype("f4")) for _ in range(2))

    def everything(weights, x, y):
        with tf.GradientTape() as tape:
            tape.watch([weights, x, y])
            total = neighbour_sum(weights, x, indices)
            dots = neighbour_dot(x, y, indices)
            loss = tf.reduce_sum(tf.square(total)) + tf.reduce_sum(tf.square(dots))
        return [total, dots, *tape.gradient(loss, [weights, x, y])]

    compiled = tf.function(everything, jit_compile=True)(weights, x, y)
    for one, other in zip(compiled, everything(weights, x, y), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-3)
