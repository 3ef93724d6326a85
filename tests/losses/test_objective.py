import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.losses.graph_terms import semantic_loss, structural_loss
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.losses.registry import LOSSES, build_loss
from a2bm2gl_tf.models.recommender import Representations, SemanticRepresentation


def _semantic():
    neighbours = np.array([[1, 2], [0, -1], [-1, -1]], np.int32)
    weights = np.array([[0.5, 0.25], [2.0, 0.0], [0.0, 0.0]], np.float32)
    items = tf.constant([[1.0, 0.0], [0.5, 1.0], [-2.0, 1.0]])
    return SemanticRepresentation(items, tf.constant(neighbours), tf.constant(weights))


def _minus_log_sigmoid(score):
    return np.log1p(np.exp(-score))


def test_structural_loss_by_the_equation(embeddings, train, batch, batch_users):
    users, items = embeddings
    value = structural_loss(batch_users(users), items, batch)
    dense = train.toarray()
    user_degrees, item_degrees = dense.sum(axis=1), dense.sum(axis=0)
    expected = 0.0
    for user, item in zip(*dense.nonzero(), strict=True):
        beta = np.sqrt((user_degrees[user] + 1) / (item_degrees[item] + 1)) / user_degrees[user]
        expected += beta * _minus_log_sigmoid(users.numpy()[user] @ items.numpy()[item])
    assert float(value) == pytest.approx(expected / 6, rel=1e-5)


def test_semantic_loss_by_hand():
    expected = (
        0.5 * _minus_log_sigmoid(0.5)
        + 0.25 * _minus_log_sigmoid(-2.0)
        + 2 * _minus_log_sigmoid(0.5)
    )
    one = float(semantic_loss({"visual": _semantic()}))
    assert one == pytest.approx(expected, rel=1e-6)
    assert float(semantic_loss({"visual": _semantic(), "text": _semantic()})) == pytest.approx(
        2 * one
    )


def test_objective_adds_up_weighted_terms(embeddings, batch, seed):
    users, items = embeddings
    config = LossConfig(
        name="wr_linear", structural_weight=0.6, semantic_weight=0.1, l2=0.3, seed=1
    )
    representations = Representations(users, items, users * 2, items, {"v": _semantic()}, {})
    objective = Objective(build_loss(config, 4, np.ones(9), 6), config, num_users=6)
    loss = objective(representations, batch, [users, items], seed)
    gathered = tf.gather(users, batch.users)
    squares = np.square(users.numpy()).sum() + np.square(items.numpy()).sum()
    expected = {
        "rec": float(objective.recommendation(gathered, items, batch, seed)["rec"]),
        "structural": 0.6 * float(structural_loss(gathered * 2, items, batch)),
        "semantic": 0.1 * float(semantic_loss({"v": _semantic()})) / 6,
        "l2": 0.3 / 2 * squares / 6,
    }
    assert loss.terms.keys() == expected.keys()
    for name, value in expected.items():
        assert float(loss.terms[name]) == pytest.approx(value, rel=1e-5), name
    assert float(loss.total) == pytest.approx(sum(expected.values()), rel=1e-5)


def test_the_semantic_kernels_are_shrunk_by_a_lambda_of_their_own(embeddings):
    users, items = embeddings
    config = LossConfig(name="wr_linear", l2=0.3, semantic_l2_scale=20.0)
    representations = Representations(users, items, users, items, {}, {})
    objective = Objective(build_loss(config, 4, np.ones(9), 6), config, num_users=6)
    terms = objective.shared_terms(representations, [users, items], [items])
    squares = np.square(users.numpy()).sum() + 20 * np.square(items.numpy()).sum()
    assert float(terms["l2"]) == pytest.approx(0.3 / 2 * squares / 6, rel=1e-5)


@pytest.mark.parametrize("name", sorted(set(LOSSES) - {"none"}))
def test_every_loss_falls_when_its_gradient_is_followed(name, embeddings, batch, seed):
    users, items = embeddings
    loss = build_loss(LossConfig(name=name), 4, np.arange(9), 6)
    variables = [users, items, *[weight.value for weight in loss.trainable_variables]]

    def total():
        return tf.add_n(list(loss(tf.gather(users, batch.users), items, batch, seed).values()))

    with tf.GradientTape() as tape:
        before = total()
    for variable, gradient in zip(variables, tape.gradient(before, variables), strict=True):
        if gradient is not None:
            variable.assign_sub(1e-4 * tf.convert_to_tensor(gradient))
    assert np.isfinite(float(before))
    assert float(total()) < float(before)
