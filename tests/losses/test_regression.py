import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.losses.adaptive import AdaptiveLoss
from a2bm2gl_tf.losses.closed_form import regression_to_targets
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.registry import negative_item_weights
from a2bm2gl_tf.losses.weighted_regression import (
    LinearWeightedRegression,
    SigmoidWeightedRegression,
)

WEIGHTS = tf.constant(np.linspace(0.5, 1.5, 9), tf.float32)


def _brute_force(predicted, positive, upper, lower, positive_weight, item_weights):
    """Eq. 7 and 8 with every user-item pair written out, (U,)."""
    to_upper = positive_weight * tf.square(upper[:, None] - predicted)
    to_lower = item_weights[None, :] * tf.square(predicted - lower[:, None])
    return tf.reduce_sum(tf.where(positive, to_upper, to_lower), axis=1)


def _compare(tape, fast, slow, variables):
    np.testing.assert_allclose(fast, slow, rtol=2e-5)
    pairs = zip(tape.gradient(fast, variables), tape.gradient(slow, variables), strict=True)
    for one, other in pairs:
        one, other = tf.convert_to_tensor(one), tf.convert_to_tensor(other)
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4)


def test_closed_form_equals_the_sum_over_all_pairs(embeddings, train, batch, batch_users):
    users, items = embeddings
    upper = tf.Variable(np.linspace(0.5, 2, 6).astype("f4"))
    lower = tf.Variable(np.linspace(-1, 0.5, 6).astype("f4"))
    padding = len(batch.users) - 6
    with tf.GradientTape(persistent=True) as tape:
        targets = [tf.pad(target, [[0, padding]]) for target in (upper, lower)]
        per_user = regression_to_targets(batch_users(users), items, batch, *targets, 1.7, WEIGHTS)
        fast = tf.reduce_sum(per_user[:6])
        scores = tf.matmul(users, items, transpose_b=True)
        slow = tf.reduce_sum(_brute_force(scores, train.toarray() > 0, upper, lower, 1.7, WEIGHTS))
    _compare(tape, fast, slow, [users, items, upper, lower])


def test_linear_regression_by_hand(train, batch):
    # All embeddings (1, 0, 0, 0): every score is 1, so positives cost 0 and each negative its
    # weight; users hold 9 items but for their positives.
    one = tf.constant(np.tile(np.eye(4, dtype="f4")[:1], (9, 1)))
    users = tf.gather(one, tf.zeros_like(batch.users))
    loss = LinearWeightedRegression(tf.ones(9))(users, one, batch, None)["rec"]
    negatives = 9 - np.diff(train.indptr)
    assert float(loss) == pytest.approx(negatives.mean(), rel=1e-6)


@pytest.mark.parametrize("block_items", [2, 4, 100])
def test_blocked_sigmoid_equals_brute_force(embeddings, train, batch, batch_users, block_items):
    users, items = embeddings
    loss = SigmoidWeightedRegression(WEIGHTS, positive_weight=2.0, block_items=block_items)
    with tf.GradientTape(persistent=True) as tape:
        fast = loss(batch_users(users), items, batch, None)["rec"]
        predicted = tf.sigmoid(tf.matmul(users, items, transpose_b=True))
        per_user = _brute_force(
            predicted, train.toarray() > 0, tf.ones(6), tf.zeros(6), 2.0, WEIGHTS
        )
        slow = tf.reduce_mean(per_user)
    _compare(tape, fast, slow, [users, items])


@pytest.mark.parametrize("pooling", ["mean", "sum"])
def test_boundaries_pool_positives_and_negatives(embeddings, train, batch, batch_users, pooling):
    users, items = embeddings
    loss = AdaptiveLoss(4, tf.ones(9), pooling=pooling, seed=5)
    upper, lower = loss.boundaries(batch_users(users), items, batch)
    positive = train.toarray()
    pooled = [positive @ items.numpy(), (1 - positive) @ items.numpy()]
    if pooling == "mean":
        counts = positive.sum(axis=1, keepdims=True)
        pooled[0] = pooled[0] / counts
        pooled[1] = np.divide(pooled[1], 9 - counts, out=np.zeros((6, 4)), where=counts < 9)
    expected = [
        network(users, tf.constant(pool, tf.float32))
        for network, pool in zip((loss.upper_network, loss.lower_network), pooled, strict=True)
    ]
    np.testing.assert_allclose(upper[:6], expected[0], atol=1e-5)
    np.testing.assert_allclose(lower[:6], expected[1], atol=1e-5)


@pytest.mark.parametrize(("scale", "factor"), [("catalogue", 9), ("literal", 1)])
def test_margin_punishes_a_small_gap_and_nothing_else(
    embeddings, batch, batch_users, scale, factor
):
    users, items = embeddings
    loss = AdaptiveLoss(4, tf.ones(9), margin=3.0, margin_weight=0.5, margin_scale=scale, seed=5)
    upper, lower = (
        boundary.numpy()[:6] for boundary in loss.boundaries(batch_users(users), items, batch)
    )
    terms = loss(batch_users(users), items, batch, None)
    shortfall = np.maximum(3.0 - (upper - lower), 0).mean()
    assert shortfall > 0
    assert float(terms["margin"]) == pytest.approx(0.5 * factor * shortfall, rel=1e-5)
    wide = AdaptiveLoss(4, tf.ones(9), margin=0.0, seed=5)
    wide.upper_network.output_layer.bias.assign([100.0])
    assert float(wide(batch_users(users), items, batch, None)["margin"]) == 0.0


def test_stop_gradient_lets_only_the_boundary_networks_feel_the_margin(
    embeddings, batch, batch_users
):
    users, items = embeddings
    for stopped in (True, False):
        loss = AdaptiveLoss(4, tf.ones(9), margin=50.0, stop_gradient=stopped)
        with tf.GradientTape() as tape:
            margin = loss(batch_users(users), items, batch, None)["margin"]
        gradients = tape.gradient(margin, [users, *[w.value for w in loss.trainable_variables]])
        assert (gradients[0] is None) == stopped
        assert any(g is not None and np.abs(g).max() > 0 for g in gradients[1:])


def test_negative_weights_follow_popularity_with_the_asked_mean():
    degrees = np.array([0, 1, 4, 9])
    config = LossConfig(negative_weight=0.2, negative_popularity_power=0.5)
    weights = negative_item_weights(config, degrees, 20).numpy()
    np.testing.assert_allclose(weights / weights[1], [1, 1, 2, 3], rtol=1e-6)
    assert weights.mean() == pytest.approx(0.2)


def test_negatives_may_weigh_a_multiple_of_the_positives_in_total():
    degrees = np.array([0, 1, 4, 9])
    config = LossConfig(negative_weight=3.0, negative_scale="positives", positive_weight=2.0)
    weights = negative_item_weights(config, degrees, 20).numpy()
    # 14 positives of weight 2 and 66 negatives of one weight each.
    np.testing.assert_allclose(weights * 66, 3 * 14 * 2, rtol=1e-6)


def test_refuses_unknown_settings():
    with pytest.raises(ValueError, match="negative_scale"):
        negative_item_weights(LossConfig(negative_scale="users"), np.ones(3), 2)
    with pytest.raises(ValueError, match="margin_scale"):
        AdaptiveLoss(4, tf.ones(9), margin_scale="users")
    with pytest.raises(ValueError, match="pooling"):
        AdaptiveLoss(4, tf.ones(9), pooling="max")
