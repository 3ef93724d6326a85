import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.losses.blocked_softplus import blocked_softplus_sum


@pytest.mark.parametrize("block_items", [2, 9, 100])
def test_value_and_gradient_equal_brute_force(embeddings, block_items):
    users, items = embeddings
    rng = np.random.default_rng(2)
    user_factors = tf.constant(rng.random((6, 2)), tf.float32)
    item_factors = tf.constant(rng.random((9, 2)), tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        fast = 3.0 * blocked_softplus_sum(users, items, user_factors, item_factors, block_items)
        costs = tf.math.softplus(tf.matmul(users, items, transpose_b=True))
        weights = tf.matmul(user_factors, item_factors, transpose_b=True)
        slow = 3.0 * tf.reduce_sum(weights * costs)
    np.testing.assert_allclose(fast, slow, rtol=1e-5)
    for one, other in zip(
        tape.gradient(fast, [users, items]), tape.gradient(slow, [users, items]), strict=True
    ):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_large_scores_stay_finite_and_linear():
    users, items = tf.constant([[1.0]]), tf.constant([[200.0], [-200.0]])
    ones = tf.ones([1, 1]), tf.ones([2, 1])
    assert float(blocked_softplus_sum(users, items, *ones)) == pytest.approx(200.0)
