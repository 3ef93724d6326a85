import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.losses.pairwise import BPRLoss, InfoBPRLoss
from a2bm2gl_tf.losses.sampling import has_negatives, sample_negatives
from a2bm2gl_tf.training.reproducibility import in_precision


def test_negatives_are_exactly_the_items_not_interacted_with(train, batch, seed):
    negatives = sample_negatives(batch, 9, 400, seed).numpy()
    positive = train.toarray() > 0
    real = batch.edge_weights.numpy() > 0
    drawable = has_negatives(batch, 9).numpy() > 0
    users = batch.users.numpy()[batch.edge_users.numpy()]
    for edge in np.flatnonzero(real & drawable):
        expected = set(np.flatnonzero(~positive[users[edge]]))
        assert set(negatives[edge]) == expected
    assert not drawable[real & (users == 4)].any()
    assert negatives.min() >= 0
    assert negatives.max() < 9


def test_negatives_are_uniform(train, batch, seed):
    negatives = sample_negatives(batch, 9, 20_000, seed).numpy()
    counts = np.bincount(negatives[-1 if len(batch.users) == 6 else 0], minlength=9)
    user = batch.users.numpy()[batch.edge_users.numpy()[-1 if len(batch.users) == 6 else 0]]
    free = train.toarray()[user] == 0
    expected = 20_000 / free.sum()
    # Five standard deviations of a binomial count.
    assert np.abs(counts[free] - expected).max() < 5 * np.sqrt(expected)


def test_bpr_equals_its_formula(embeddings, train, batch, batch_users, seed):
    users, items = embeddings
    loss = BPRLoss()(batch_users(users), items, batch, seed)["rec"]
    negatives = sample_negatives(batch, 9, 1, seed).numpy()[:, 0]
    scores = users.numpy() @ items.numpy().T
    expected = 0.0
    for edge in np.flatnonzero(batch.edge_weights.numpy() > 0):
        user = batch.users.numpy()[batch.edge_users.numpy()[edge]]
        if user != 4:  # who has interacted with everything
            gap = scores[user, batch.edge_items.numpy()[edge]] - scores[user, negatives[edge]]
            expected += np.log1p(np.exp(-gap))
    assert float(loss) == pytest.approx(expected / 6, rel=1e-5)


def test_infobpr_with_one_negative_and_unit_temperature_is_bpr(
    embeddings, batch, batch_users, seed
):
    users, items = embeddings
    arguments = (batch_users(users), items, batch, seed)
    info = InfoBPRLoss(num_negatives=1)(*arguments)["rec"]
    assert float(info) == pytest.approx(float(BPRLoss()(*arguments)["rec"]), rel=1e-5)


def test_infobpr_equals_softmax_cross_entropy(embeddings, batch, batch_users, seed):
    users, items = embeddings
    loss = InfoBPRLoss(num_negatives=7, temperature=0.3)
    value = loss(batch_users(users), items, batch, seed)["rec"]
    negatives = sample_negatives(batch, 9, 7, seed).numpy()
    scores = users.numpy() @ items.numpy().T / 0.3
    expected = 0.0
    for edge in np.flatnonzero(batch.edge_weights.numpy() > 0):
        user = batch.users.numpy()[batch.edge_users.numpy()[edge]]
        if user != 4:
            candidates = [batch.edge_items.numpy()[edge], *negatives[edge]]
            logits = scores[user, candidates].astype(np.float64)
            expected -= logits[0] - np.log(np.exp(logits).sum())
    assert float(value) == pytest.approx(expected / 6, rel=1e-5)


def test_the_same_seed_draws_the_same_negatives(batch, seed):
    first = sample_negatives(batch, 9, 5, seed)
    np.testing.assert_array_equal(first, sample_negatives(batch, 9, 5, seed))
    other = sample_negatives(batch, 9, 5, tf.constant([3, 5]))
    assert not np.array_equal(first, other)


def test_under_mixed_precision_bpr_stays_float32(embeddings, batch, batch_users, seed):
    users, items = embeddings
    expected = BPRLoss()(batch_users(users), items, batch, seed)["rec"]
    with in_precision("mixed_bfloat16"):
        loss = BPRLoss()(batch_users(users), items, batch, seed)["rec"]
    assert loss == expected
