from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.losses.model_losses.max_margin import MaxMarginLoss, draw_hard_negatives
from a2bm2gl_tf.losses.sampling import sample_negatives
from a2bm2gl_tf.models.baselines.pin_sage import PinSAGESettings
from a2bm2gl_tf.models.recommender import Representations

NUM_ITEMS = 9


def _model(hard_now, hard_items, **settings):
    return SimpleNamespace(
        settings=PinSAGESettings(**settings),
        num_items=NUM_ITEMS,
        hard_items=tf.constant(hard_items, tf.int64),
        num_hard_items=tf.constant((np.array(hard_items) >= 0).sum(axis=1), tf.float32),
        hard_negatives_now=tf.Variable(float(hard_now)),
    )


def _loss(model, embeddings, batch, seed):
    representations = Representations.of_final(*map(tf.convert_to_tensor, embeddings))
    return float(MaxMarginLoss()(model, representations, batch, seed)["max_margin"])


def _hinges(embeddings, batch, negatives_of_edge, margin):
    """Mean over users of the summed mean hinges, edge by edge."""
    users, items = (table.numpy().astype("f8") for table in embeddings)
    rows, edge_items = batch.users_of_edges.numpy(), batch.edge_items.numpy()
    weights = batch.edge_weights.numpy()
    total = 0.0
    for edge, (user, item) in enumerate(zip(rows, edge_items, strict=True)):
        # User 4 has every item.
        if weights[edge] and user != 4:
            positive = users[user] @ items[item]
            found = [
                max(0.0, users[user] @ items[n] - positive + margin)
                for n in negatives_of_edge(edge, user)
            ]
            total += np.mean(found)
    return total / 6


def test_uniform_negatives_alone(embeddings, batch, seed):
    model = _model(0, [[1, 2]] * 6, negatives=3, hard_negatives=2, margin=0.7)
    uniform_seed = tf.random.split(seed, 2)[0]
    negatives = sample_negatives(batch, NUM_ITEMS, 3, uniform_seed).numpy()
    expected = _hinges(embeddings, batch, lambda edge, user: negatives[edge], 0.7)
    assert _loss(model, embeddings, batch, seed) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("stage", [1, 2])
def test_hard_negatives_join_stage_by_stage(embeddings, batch, seed, stage):
    # One hard item a user leaves no choice; user 2 has none.
    hard = [[3], [5], [-1], [0], [0], [7]]
    model = _model(stage, hard, negatives=3, hard_negatives=2, margin=0.7)
    negatives = sample_negatives(batch, NUM_ITEMS, 3, tf.random.split(seed, 2)[0]).numpy()

    def of_edge(edge, user):
        return [*negatives[edge], *([] if user == 2 else hard[user] * stage)]

    expected = _hinges(embeddings, batch, of_edge, 0.7)
    assert _loss(model, embeddings, batch, seed) == pytest.approx(expected, rel=1e-5)


def test_every_hard_item_of_a_user_is_drawn_and_no_other(batch, seed):
    hard = [[0, 1, 2], [4, 8, -1], [-1, -1, -1], [3, -1, -1], [5, 6, 7], [2, 4, 6]]
    drawn, available = draw_hard_negatives(_model(0, hard, hard_negatives=300), batch, seed)
    rows, real = batch.users_of_edges.numpy(), batch.edge_weights.numpy() > 0
    for user, listed in enumerate(hard):
        of_user = real & (rows == user)
        expected = [item for item in listed if item >= 0]
        assert (available.numpy()[of_user] == bool(expected)).all()
        if expected:
            items, counts = np.unique(drawn.numpy()[of_user], return_counts=True)
            assert list(items) == expected
            np.testing.assert_allclose(counts / counts.sum(), 1 / len(expected), atol=0.1)


def test_margin_alone_where_all_scores_are_equal(batch, seed):
    zeros = tf.zeros([6, 2]), tf.zeros([9, 2])
    model = _model(1, [[1]] * 6, negatives=4, margin=0.25)
    interactions = np.delete(batch.degrees.numpy()[:6], 4).sum()
    assert _loss(model, zeros, batch, seed) == pytest.approx(0.25 * interactions / 6, rel=1e-5)
