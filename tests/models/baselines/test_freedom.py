import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.bipartite import lightgcn_adjacency
from a2bm2gl_tf.graph.item_graph import normalised_item_graph
from a2bm2gl_tf.models.baselines.freedom import Freedom
from a2bm2gl_tf.models.config import ModelConfig


def _model(dataset, **own):
    return Freedom(dataset, ModelConfig(dimension=6, num_layers=2, knn=4, seed=3, own=own))


def _lightgcn(adjacency, table):
    return (table + adjacency @ table + adjacency @ (adjacency @ table)) / 3


def test_inference_propagates_over_everything(small_dataset):
    model = _model(small_dataset, modality_shares=(0.5, 1.5), item_layers=2)
    table = model.node_embeddings.table.numpy()
    expected = _lightgcn(lightgcn_adjacency(small_dataset.train), table)
    # 0.5, 1.5 and, repeated, 1.5 for the third modality.
    graph = sum(
        share * normalised_item_graph(m.features, m.present, 4, weighted=False).toarray()
        for share, m in zip([1 / 7, 3 / 7, 3 / 7], small_dataset.modalities, strict=True)
    )
    expected[60:] += graph @ graph @ table[60:]
    representations = model()
    np.testing.assert_allclose(representations.users, expected[:60], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(representations.items, expected[60:], rtol=1e-4, atol=1e-6)
    assert list(representations.auxiliary) == [
        f"features/{m.name}" for m in small_dataset.modalities
    ]


def test_training_propagates_over_the_kept_edges_normalised_again(small_dataset):
    model = _model(small_dataset, pruned=0.6)
    indices = model.pruned.indices.numpy()
    of_users = indices[indices[:, 0] < 60] - [0, 60]
    assert len(of_users) == round(0.4 * small_dataset.train.nnz)
    kept = np.zeros((60, 50), np.float32)
    kept[of_users[:, 0], of_users[:, 1]] = 1
    assert (kept <= small_dataset.train.toarray()).all()
    degrees = np.concatenate([kept.sum(axis=1), kept.sum(axis=0)])
    scale = np.where(degrees > 0, 1 / np.sqrt(np.maximum(degrees, 1)), 0)
    adjacency = np.block([[np.zeros((60, 60)), kept], [kept.T, np.zeros((50, 50))]])
    adjacency = scale[:, None] * adjacency * scale
    expected = _lightgcn(adjacency, model.node_embeddings.table.numpy())
    np.testing.assert_allclose(model(training=True).users, expected[:60], rtol=1e-4, atol=1e-6)


def test_draws_depend_on_seed_and_count_alone(small_dataset):
    model, other = _model(small_dataset), _model(small_dataset)
    first = model.pruned.indices.numpy()
    np.testing.assert_array_equal(first, other.pruned.indices.numpy())
    model.refresh(1)
    second = model.pruned.indices.numpy()
    assert not np.array_equal(first, second)
    other.from_arrays(model.to_arrays())
    np.testing.assert_array_equal(second, other.pruned.indices.numpy())
    # A run that is stopped after a draw repeats it, which must change nothing.
    model.refresh(2)
    model.refresh(2)
    other.refresh(2)
    np.testing.assert_array_equal(model.pruned.indices.numpy(), other.pruned.indices.numpy())


def test_with_nothing_pruned_training_sees_what_inference_sees(small_dataset):
    model = _model(small_dataset, pruned=0.0)
    for one, other in zip(model(training=True)[:2], model()[:2], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_without_modalities_the_pruned_graph_is_left(small_dataset):
    dataset = dataclasses.replace(small_dataset, modalities=())
    model = _model(dataset, pruned=0.6)
    expected = _lightgcn(lightgcn_adjacency(dataset.train), model.node_embeddings.table.numpy())
    np.testing.assert_allclose(np.concatenate(model.embeddings()), expected, rtol=1e-4, atol=1e-6)
    assert model.pruned.indices.shape[0] == 2 * round(0.4 * dataset.train.nnz)
    assert not model().auxiliary


def test_refuses_impossible_settings(small_dataset):
    for own in ({"pruned": 1.0}, {"pruned": -0.1}, {"modality_shares": (0.0, 1.0)}):
        with pytest.raises(UserError, match="model_settings"):
            _model(small_dataset, **own)


def test_gradients_are_finite_and_reach_the_embeddings(small_dataset):
    model = _model(small_dataset)
    with tf.GradientTape() as tape:
        users, items = model(training=True)[:2]
        loss = tf.reduce_sum(tf.square(users)) + tf.reduce_sum(tf.square(items))
    gradient = tape.gradient(loss, model.node_embeddings.table.value)
    assert np.isfinite(gradient).all()
    assert (np.abs(gradient).sum(axis=1) > 0).all()
