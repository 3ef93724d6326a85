import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.baselines.mmgcn import MMGCN
from a2bm2gl_tf.models.config import ModelConfig

CONFIG = ModelConfig(dimension=4, num_layers=2, seed=3)


def _propagated(nodes, ids, convolutions):
    for convolution in convolutions:
        nodes = convolution(tf.constant(nodes, tf.float32), ids)
    return nodes.numpy()


def _unit(rows):
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)


def test_representations_are_the_sum_over_modalities(small_dataset):
    model = MMGCN(small_dataset, CONFIG)
    assert len(model.graphs) == 3
    ids = model.ids.table.numpy()
    expected = np.zeros((110, 4))
    for graph, modality in zip(model.graphs, small_dataset.modalities, strict=True):
        items = modality.features @ graph.projection.kernel.numpy()
        initial = np.concatenate([_unit(graph.preferences.numpy()), _unit(items)])
        expected += _propagated(initial, ids, graph.convolutions)
    users, items = model.embeddings()
    np.testing.assert_allclose(users, expected[:60], atol=1e-5)
    np.testing.assert_allclose(items, expected[60:], atol=1e-5)


def test_modalities_share_nothing_but_the_ids(small_dataset):
    model = MMGCN(small_dataset, CONFIG)
    before = [graph(model.ids.table).numpy() for graph in model.graphs]
    model.graphs[1].preferences.assign(-model.graphs[1].preferences)
    changed = [
        not np.array_equal(graph(model.ids.table), old)
        for graph, old in zip(model.graphs, before, strict=True)
    ]
    assert changed == [False, True, False]
    for first, second in ((0, 1), (0, 2), (1, 2)):
        for a, b in zip(
            model.graphs[first].convolutions, model.graphs[second].convolutions, strict=True
        ):
            assert not np.array_equal(a.kernels[1], b.kernels[1])


def test_without_modalities_the_ids_are_propagated(small_dataset):
    model = MMGCN(dataclasses.replace(small_dataset, modalities=()), CONFIG)
    ids = model.ids.table.numpy()
    expected = _propagated(ids, ids, model.of_ids)
    users, items = model.embeddings()
    np.testing.assert_allclose(np.concatenate([users, items]), expected, atol=1e-6)
    assert np.abs(expected).max() > 0


def test_refuses_another_combination_and_no_layer(small_dataset):
    with pytest.raises(UserError, match="combine=max"):
        MMGCN(small_dataset, dataclasses.replace(CONFIG, own={"combine": "max"}))
    with pytest.raises(UserError, match="num_layers=0"):
        MMGCN(small_dataset, dataclasses.replace(CONFIG, num_layers=0))
