import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.baselines.mgdcf import MGDCF
from a2bm2gl_tf.models.config import ModelConfig


def _model(small_dataset, **values):
    train = sp.csr_matrix(np.array([[1, 1, 0], [0, 1, 0]], "f4"))
    dataset = dataclasses.replace(small_dataset, train=train, modalities=())
    return MGDCF(dataset, ModelConfig(dimension=40, init_stddev=1.0, **values))


def test_diffuses_on_the_graph_with_self_loops(small_dataset):
    model = _model(small_dataset, num_layers=2, own={"alpha": 0.3, "beta": 0.6})
    table = model.node_embeddings.table.numpy().astype("f8")
    # Users 0 and 1, then items 0 to 2; item 2 is met by nobody.
    with_loops = np.eye(5)
    for user, item in ((0, 0), (0, 1), (1, 1)):
        with_loops[user, 2 + item] = with_loops[2 + item, user] = 1
    root = np.sqrt(with_loops.sum(axis=1))
    adjacency = with_loops / np.outer(root, root)
    once = 0.6 * adjacency @ table + 0.3 * table
    twice = (0.6 * adjacency @ once + 0.3 * table) / (0.36 + 0.3 * 1.6)
    users, items = model.embeddings()
    np.testing.assert_allclose(np.concatenate([users, items]), twice, rtol=1e-5)


def test_both_dropouts_are_of_training_and_apart(small_dataset):
    seed = tf.constant([1, 2])
    model = _model(small_dataset, num_layers=0, dropout=0.5, own={"output_dropout": 0.5})
    dropped = model(training=True, dropout_seed=seed)
    kept = np.concatenate([dropped.users, dropped.items]) != 0
    np.testing.assert_array_equal(dropped.users, model(training=True, dropout_seed=seed).users)
    table = model.node_embeddings.table.numpy()
    np.testing.assert_array_equal(np.concatenate(model.embeddings()), table)
    # What both keep is scaled twice; the same mask twice would drop no more than once.
    values = np.concatenate([dropped.users, dropped.items])[kept]
    np.testing.assert_allclose(values, 4 * table[kept], rtol=1e-6)
    once = model.node_embeddings(training=True, dropout_seed=seed).numpy() != 0
    assert kept.sum() < once.sum()


@pytest.mark.parametrize("own", [{"alpha": -1.0}, {"alpha": 0.0, "beta": 0.0}])
def test_refuses_weights_that_leave_nothing(small_dataset, own):
    with pytest.raises(UserError, match="alpha"):
        _model(small_dataset, own=own)


def test_refuses_a_dropout_of_everything(small_dataset):
    with pytest.raises(UserError, match="output_dropout=1"):
        _model(small_dataset, own={"output_dropout": 1.0})
