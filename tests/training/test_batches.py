import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.graph.edge_weights import ultragcn_edge_weights
from a2bm2gl_tf.training.batches import UserBatches, padded

TRAIN = sp.csr_matrix(np.array([[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0], [0, 0, 1]], np.float32))


def test_an_epoch_covers_every_user_with_interactions_once():
    batches = UserBatches(TRAIN, 2, seed=0)
    assert batches.steps_per_epoch == 2
    users = np.concatenate([batches.at_step(step).users for step in (0, 1)])
    assert sorted(users) == [0, 2, 3, 4]
    other = np.concatenate([UserBatches(TRAIN, 2, seed=0).at_step(step).users for step in (0, 1)])
    np.testing.assert_array_equal(users, other)


def test_a_step_does_not_depend_on_the_steps_before_it():
    batches = UserBatches(TRAIN, 1, seed=5)
    in_order = [int(batches.at_step(step).users[0]) for step in range(12)]
    fresh = UserBatches(TRAIN, 1, seed=5)
    backwards = [int(fresh.at_step(step).users[0]) for step in reversed(range(12))]
    assert in_order == backwards[::-1]
    assert in_order[:4] != in_order[4:8] or in_order[4:8] != in_order[8:]


@pytest.mark.parametrize("bucket", [False, True])
def test_edges_of_a_batch(bucket):
    batch = UserBatches(TRAIN, 4, seed=0).of_users(np.array([2, 0]))
    if bucket:
        batch = padded(batch, 4)
    real = batch.edge_weights.numpy() > 0
    edges = np.stack([batch.users.numpy()[batch.edge_users.numpy()], batch.edge_items.numpy()], 1)
    np.testing.assert_array_equal(edges[real], [[2, 0], [2, 1], [2, 2], [0, 0], [0, 2]])
    np.testing.assert_array_equal(batch.degrees.numpy()[:2], [3, 2])
    beta = ultragcn_edge_weights(TRAIN)
    np.testing.assert_array_equal(batch.edge_beta.numpy()[real], beta[[2, 3, 4, 0, 1]])
    if bucket:
        assert len(batch.users) == 4
        np.testing.assert_array_equal(batch.user_weights, [1, 1, 0, 0])
        assert len(batch.edge_items) == 5 or len(batch.edge_items) == 6
        np.testing.assert_array_equal(batch.edge_beta.numpy()[~real], 0)


def test_a_step_that_is_to_be_compiled_is_padded():
    plain, bucketed = (UserBatches(TRAIN, 3, seed=0, bucket=bucket) for bucket in (False, True))
    for step in (0, 1):
        expected = padded(plain.at_step(step), 3)
        for found, tensor in zip(bucketed.at_step(step), expected, strict=True):
            np.testing.assert_array_equal(found, tensor)
    np.testing.assert_array_equal(bucketed.at_step(1).user_weights, [1, 0, 0])


def test_no_interactions_at_all_is_refused():
    with pytest.raises(ValueError, match="no user"):
        UserBatches(sp.csr_matrix((2, 2), dtype=np.float32), 1, seed=0)
