import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.layers.weighted_cosine import WeightedCosine

FEATURES = tf.constant([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0], [0.0, 0.0]])
INDICES = tf.constant([[1, 2], [0, -1], [1, 3], [0, 1]], tf.int32)


def _layer(weights):
    layer = WeightedCosine(len(weights))
    layer.build((4, 2))
    layer.w.assign(weights)
    return layer


def test_two_heads_by_hand():
    # Head 1 is the plain cosine; head 2 looks at the first coordinate alone.
    layer = _layer([[1.0, 1.0], [3.0, 0.0]])
    half = np.sqrt(0.5)
    expected = [
        [(half + 1) / 2, 0.0],
        [(half + 1) / 2, 0.0],
        [half / 2, 0.0],  # item 2 vanishes under head 2; item 3 is the zero vector
        [0.0, 0.0],
    ]
    np.testing.assert_allclose(layer(FEATURES, INDICES), expected, atol=1e-6)


def test_is_invariant_to_the_scale_of_features():
    layer = _layer([[1.0, 2.0]])
    scaled = FEATURES * tf.constant([[1.0], [10.0], [0.1], [5.0]])
    np.testing.assert_allclose(layer(scaled, INDICES), layer(FEATURES, INDICES), atol=1e-6)


def test_weight_gradient_matches_finite_differences():
    features = tf.constant(np.random.default_rng(0).normal(size=(4, 3)).astype("f4"))
    layer = WeightedCosine(2, seed=1)
    layer.build((4, 3))
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(tf.square(layer(features, INDICES)))
    gradient = tape.gradient(total, layer.w.value).numpy()
    start, delta = layer.w.numpy(), 1e-2
    for place in np.ndindex(start.shape):
        values = []
        for sign in (1, -1):
            moved = start.copy()
            moved[place] += sign * delta
            layer.w.assign(moved)
            values.append(float(tf.reduce_sum(tf.square(layer(features, INDICES)))))
        assert gradient[place] == pytest.approx((values[0] - values[1]) / (2 * delta), abs=2e-3)


def test_heads_start_near_one_and_apart():
    layer = WeightedCosine(2, seed=0)
    layer.build((4, 50))
    weights = layer.head_weights()
    assert abs(weights.mean() - 1.0) < 0.05
    assert not np.allclose(weights[0], weights[1])


def test_refuses_no_heads():
    with pytest.raises(ValueError, match="num_heads"):
        WeightedCosine(0)
