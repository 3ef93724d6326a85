import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.training.batches import UserBatches, padded

NUM_USERS, NUM_ITEMS, WIDTH = 6, 9, 4


@pytest.fixture
def train():
    """User 4 has every item, user 5 a single one; item 8 belongs to user 4 alone."""
    dense = (np.random.default_rng(0).random((NUM_USERS, NUM_ITEMS)) < 0.4).astype("f4")
    dense[:, 8] = 0
    dense[4] = 1
    dense[5] = np.eye(NUM_ITEMS)[2]
    return sp.csr_matrix(dense)


@pytest.fixture
def embeddings():
    rng = np.random.default_rng(1)
    return (
        tf.Variable(rng.normal(size=(NUM_USERS, WIDTH)).astype("f4")),
        tf.Variable(rng.normal(size=(NUM_ITEMS, WIDTH)).astype("f4")),
    )


@pytest.fixture(params=[False, True], ids=["exact", "padded"])
def batch(request, train):
    """All users in row order, as they are and padded for XLA."""
    everybody = UserBatches(train, 0, seed=0).of_users(np.arange(NUM_USERS))
    # More than there are users, so that padding really appears.
    return padded(everybody, 8) if request.param else everybody


@pytest.fixture
def batch_users(batch):
    """Gathers E_u for the batch from all users' embeddings."""
    return lambda users: tf.gather(users, batch.users)


@pytest.fixture
def seed():
    return tf.constant([3, 4])
