import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.layers.semantic_gcn import SemanticGCN

INDICES = np.array([[1, 2], [0, -1], [1, 0], [-1, -1]], np.int32)


def _built(width, **settings):
    layer = SemanticGCN(2, **settings)
    layer.build((4, width))
    return layer


def _dense(features, similarities, kernel, loop):
    adjacency = np.zeros((4, 4))
    for row, neighbours in enumerate(INDICES):
        for slot, neighbour in enumerate(neighbours):
            if neighbour >= 0:
                adjacency[row, neighbour] = max(similarities[row, slot], 0.0)
    adjacency += loop * np.eye(4)
    scale = 1 / np.sqrt(adjacency.sum(axis=1))
    normalised = scale[:, None] * adjacency * scale[None, :]
    return np.maximum(normalised @ features @ kernel, 0.0)


def test_by_hand():
    layer = _built(1, self_loop_weight=1.0)
    layer.kernel.assign([[2.0, -1.0]])
    features = tf.constant([[1.0], [3.0], [0.0], [5.0]])
    # Item 0 keeps neighbour 1 with weight 3 (D_0 = 4) and drops neighbour 2 (negative similarity);
    # item 1 keeps item 0 with weight 0 (D_1 = 1).
    similarities = tf.constant([[3.0, -2.0], [0.0, 7.0], [1.0, 2.0], [7.0, 7.0]])
    # Row 0: 1/4 * 1 + 3 / (2 * 1) * 3; row 1: 3; row 2 (D_2 = 4): 1/2 * 3 + 2/(2*2) * 1; row 3: 5.
    propagated = np.array([0.25 + 4.5, 3.0, 1.5 + 0.5, 5.0])
    expected = np.stack([2 * propagated, np.zeros(4)], axis=1)
    np.testing.assert_allclose(layer(features, similarities, INDICES), expected, rtol=1e-6)


@pytest.mark.parametrize("loop", [0.3, 1.0, 5.0])
def test_equals_the_dense_equation(loop):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(4, 6)).astype("f4")
    similarities = rng.normal(size=(4, 2)).astype("f4")
    for learned in (False, True):
        layer = _built(6, self_loop_weight=loop, learn_self_loop=learned, seed=4)
        expected = _dense(features, similarities, layer.kernel.numpy(), loop)
        np.testing.assert_allclose(layer(features, similarities, INDICES), expected, atol=1e-5)


def test_missing_item_gets_zero_and_a_lone_item_its_own_feature():
    layer = _built(3, activation="linear")
    features = np.random.default_rng(1).normal(size=(4, 3)).astype("f4")
    similarities = np.ones((4, 2), np.float32)
    alone = layer(features, similarities, INDICES)[3]
    np.testing.assert_allclose(alone, features[3] @ layer.kernel.numpy(), rtol=1e-5)
    features[3] = 0.0
    np.testing.assert_array_equal(layer(features, similarities, INDICES)[3], [0.0, 0.0])


def test_gradients_reach_kernel_self_loop_and_similarities():
    rng = np.random.default_rng(2)
    features = tf.constant(rng.normal(size=(4, 3)).astype("f4"))
    similarities = tf.constant(rng.uniform(0.2, 1.0, size=(4, 2)).astype("f4"))
    layer = _built(3, learn_self_loop=True, activation="linear")
    analytic, numeric = tf.test.compute_gradient(
        lambda s: layer(features, s, INDICES), [similarities], delta=1e-2
    )
    np.testing.assert_allclose(analytic[0], numeric[0], atol=2e-3)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.square(layer(features, similarities, INDICES)))
    gradient = tape.gradient(total, layer.free_self_loop.value)
    start, values = float(layer.free_self_loop.numpy()), []
    for sign in (1, -1):
        layer.free_self_loop.assign(start + sign * 1e-2)
        values.append(float(tf.reduce_sum(tf.square(layer(features, similarities, INDICES)))))
    assert float(gradient) == pytest.approx((values[0] - values[1]) / 2e-2, rel=1e-2, abs=1e-4)
    assert abs(float(gradient)) > 1e-4


def test_refuses_a_self_loop_that_cannot_be_learned():
    with pytest.raises(ValueError, match="self_loop_weight"):
        SemanticGCN(2, self_loop_weight=0.0, learn_self_loop=True)
    with pytest.raises(ValueError, match="self_loop_weight"):
        SemanticGCN(2, self_loop_weight=-1.0)


def test_mixed_precision_stays_close_and_returns_float32():
    rng = np.random.default_rng(3)
    features = rng.normal(size=(4, 6)).astype("f4")
    similarities = rng.uniform(size=(4, 2)).astype("f4")
    full, mixed = _built(6, seed=5), _built(6, seed=5, dtype="mixed_bfloat16")
    expected = full(features, similarities, INDICES)
    output = mixed(features, similarities, INDICES)
    assert output.dtype == tf.float32
    np.testing.assert_allclose(output, expected, rtol=0.05, atol=0.02)
