import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.losses.model_losses.ultragcn import UltraGCNLoss
from a2bm2gl_tf.models.baselines.ultragcn import UltraGCN
from a2bm2gl_tf.models.config import ModelConfig

OWN = {
    "positive_main": 0.7,
    "positive_constraint": 1.3,
    "negative_main": 0.4,
    "negative_constraint": 2.0,
    "negative_weight": 5.0,
    "item_weight": 0.6,
    "item_neighbours": 3,
}


def _model(small_dataset, train, **own):
    dataset = dataclasses.replace(small_dataset, train=train, modalities=())
    return UltraGCN(dataset, ModelConfig(dimension=4, init_stddev=0.7, own={**OWN, **own}))


def _terms(model, batch, seed):
    with tf.GradientTape() as tape:
        terms = UltraGCNLoss()(model, model(), batch, seed)
        total = tf.add_n(list(terms.values()))
    table = model.node_embeddings.table.value
    return terms, tf.convert_to_tensor(tape.gradient(total, table)).numpy()


def _plain(model, train, table, drawn=None):
    """L_O + lambda L_C and gamma L_I, pair by pair, means over the six users; differentiable."""
    users, items = table[:6], table[6:]
    positive = train.toarray() > 0
    user_degrees, item_degrees = positive.sum(axis=1), positive.sum(axis=0)
    rec, of_items = 0.0, 0.0
    for u in range(6):
        beta = np.sqrt((user_degrees[u] + 1) / (item_degrees + 1)) / user_degrees[u]
        scores = tf.linalg.matvec(items, users[u])
        negatives = np.flatnonzero(~positive[u])
        counts = np.ones(9)
        if drawn is not None:
            counts = np.bincount(drawn, minlength=9) * 9 / len(drawn)
        for v in np.flatnonzero(positive[u]):
            rec -= (0.7 + 1.3 * beta[v]) * tf.math.log_sigmoid(scores[v])
            for n in negatives:
                weight = counts[n] * (0.4 + 2.0 * beta[n]) / len(negatives)
                rec -= 5.0 * weight * tf.math.log_sigmoid(-scores[n])
            for j, omega in zip(model.neighbours[v].numpy(), model.omega[v].numpy(), strict=True):
                if j >= 0:
                    of_items -= 0.6 * omega * tf.math.log_sigmoid(scores[j])
    return rec / 6, of_items / 6


@pytest.mark.parametrize("shared", [0, 5], ids=["all items", "shared sample"])
def test_equals_the_paper_pair_by_pair(small_dataset, train, batch, seed, shared):
    model = _model(small_dataset, train, shared_negatives=shared)
    drawn = tf.random.stateless_uniform([5], seed, maxval=9, dtype=tf.int32).numpy()
    terms, gradient = _terms(model, batch, seed)
    table = tf.constant(model.node_embeddings.table.numpy())
    with tf.GradientTape() as tape:
        tape.watch(table)
        rec, of_items = _plain(model, train, table, drawn if shared else None)
        total = rec + of_items
    np.testing.assert_allclose(terms["rec"], rec, rtol=1e-5)
    np.testing.assert_allclose(terms["item_graph"], of_items, rtol=1e-5)
    np.testing.assert_allclose(gradient, tape.gradient(total, table), rtol=1e-4, atol=1e-5)


def test_a_shared_sample_is_unbiased(small_dataset, train, batch):
    exact = _terms(_model(small_dataset, train), batch, tf.constant([0, 0]))[0]["rec"]
    sampled = _model(small_dataset, train, shared_negatives=4)
    loss = tf.function(lambda seed: UltraGCNLoss()(sampled, sampled(), batch, seed)["rec"])
    draws = [float(loss(tf.constant([1, i]))) for i in range(200)]
    error = np.std(draws) / np.sqrt(len(draws))
    assert np.std(draws) > 0.05 * float(exact)
    assert abs(np.mean(draws) - float(exact)) < 3.5 * error


def test_factors_multiply_to_beta(small_dataset, train, batch):
    model = _model(small_dataset, train)
    product = tf.gather(model.user_factors, batch.users_of_edges) * tf.gather(
        model.item_factors, batch.edge_items
    )
    np.testing.assert_allclose(product * batch.edge_weights, batch.edge_beta, rtol=1e-6)


def test_refuses_settings_without_meaning(small_dataset, train):
    with pytest.raises(UserError, match="item_neighbours=0"):
        _model(small_dataset, train, item_neighbours=0)
    with pytest.raises(UserError, match="shared_negatives=-1"):
        _model(small_dataset, train, shared_negatives=-1)
