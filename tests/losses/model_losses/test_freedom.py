from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.losses.model_losses.freedom import FreedomLoss
from a2bm2gl_tf.losses.sampling import sample_negatives
from a2bm2gl_tf.models.recommender import Representations
from a2bm2gl_tf.training.batches import UserBatches

MODEL = SimpleNamespace(settings=SimpleNamespace(feature_weight=0.25))


def test_equals_its_formula(small_dataset):
    rng = np.random.default_rng(0)
    users = rng.normal(size=(60, 4)).astype("f4")
    first, second = rng.normal(size=(2, 50, 4)).astype("f4")
    batch = UserBatches(small_dataset.train, 7, seed=0, ordered=True).at_step(0)
    seed = tf.constant([1, 2])
    representations = Representations.of_final(
        tf.constant(users), tf.zeros([50, 4]), a=tf.constant(first), b=tf.constant(second)
    )
    term = FreedomLoss()(MODEL, representations, batch, seed)["features"]
    negatives = sample_negatives(batch, 50, 1, seed).numpy()[:, 0]
    expected = 0.0
    for edge, (place, item) in enumerate(
        zip(batch.edge_users.numpy(), batch.edge_items.numpy(), strict=True)
    ):
        user = users[batch.users.numpy()[place]]
        for table in (first, second):
            expected += np.log1p(np.exp(-user @ (table[item] - table[negatives[edge]])))
    assert float(term) == pytest.approx(0.25 * expected / 7, rel=1e-5)


def test_no_term_without_modalities():
    representations = Representations.of_final(tf.zeros([3, 2]), tf.zeros([4, 2]))
    batch = SimpleNamespace(users=tf.constant([0]))
    assert FreedomLoss()(MODEL, representations, batch, tf.constant([0, 0])) == {}
