import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.losses.model_losses.pointwise import PointwiseLoss
from a2bm2gl_tf.losses.sampling import sample_negatives
from a2bm2gl_tf.models.recommender import Recommender, Representations


class _Products(Recommender):
    num_users, num_items, num_negatives = 6, 9, 3


def test_it_is_the_cross_entropy_of_every_pair(embeddings, batch, seed):
    users, items = embeddings
    representations = Representations.of_final(users, items)
    value = PointwiseLoss()(_Products(), representations, batch, seed)["pointwise"]
    negatives = sample_negatives(batch, 9, 3, seed).numpy()
    of_one = 1 / (1 + np.exp(-users.numpy() @ items.numpy().T.astype(np.float64)))
    expected = 0.0
    for edge in np.flatnonzero(batch.edge_weights.numpy() > 0):
        user = batch.users.numpy()[batch.edge_users.numpy()[edge]]
        if user != 4:  # who has interacted with everything
            expected -= np.log(of_one[user, batch.edge_items.numpy()[edge]])
            expected -= np.log(1 - of_one[user, negatives[edge]]).sum()
    assert float(value) == pytest.approx(expected / 6, rel=1e-5)


def test_negatives_follow_the_seed(embeddings, batch, seed):
    representations = Representations.of_final(*embeddings)

    def value(seed):
        return float(PointwiseLoss()(_Products(), representations, batch, seed)["pointwise"])

    assert value(seed) == value(seed)
    assert value(seed) != value(tf.constant([5, 6]))
