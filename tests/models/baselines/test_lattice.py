import dataclasses

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.graph.bipartite import lightgcn_adjacency
from a2bm2gl_tf.models.baselines.lattice import Lattice
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.lightgcn import LightGCN


def _model(dataset, **own):
    return Lattice(dataset, ModelConfig(dimension=6, num_layers=2, knn=4, seed=3, own=own))


def _dense(operator, size):
    return operator(tf.eye(size)).numpy()


def _expected(model, dataset, item_layers):
    num_users, num_items = dataset.num_users, dataset.num_items
    table = model.node_embeddings.table.numpy()
    adjacency = lightgcn_adjacency(dataset.train).toarray()
    lightgcn = (table + adjacency @ table + adjacency @ adjacency @ table) / 3
    logits = model.modality_logits.numpy()
    shares = np.exp(logits) / np.exp(logits).sum()
    graph = sum(
        share * _dense(lambda x, s=structure: s(x, s.learned_weights()), num_items)
        for share, structure in zip(shares, model.structures, strict=True)
    )
    latent = np.linalg.matrix_power(graph, item_layers) @ table[num_users:]
    latent /= np.linalg.norm(latent, axis=1, keepdims=True)
    return lightgcn[:num_users], lightgcn[num_users:] + latent


def test_equals_the_formula(small_dataset):
    for item_layers in (1, 2):
        model = _model(small_dataset, item_layers=item_layers)
        model.modality_logits.assign([0.5, -1.0, 0.2])
        users, items = _expected(model, small_dataset, item_layers)
        representations = model()
        np.testing.assert_allclose(representations.users, users, rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(representations.items, items, rtol=1e-4, atol=1e-5)


def test_without_modalities_it_is_lightgcn(small_dataset):
    dataset = dataclasses.replace(small_dataset, modalities=())
    lightgcn = LightGCN(dataset, ModelConfig(dimension=6, num_layers=2, seed=3))
    for part, wanted in zip(_model(dataset).embeddings(), lightgcn.embeddings(), strict=True):
        np.testing.assert_array_equal(part, wanted)


def test_refresh_renews_every_list(small_dataset):
    model = _model(small_dataset)
    selected = [structure.neighbours.numpy() for structure in model.structures]
    for structure in model.structures:
        structure.neighbours.assign(tf.zeros_like(structure.neighbours.value))
    model.refresh()
    for structure, lists in zip(model.structures, selected, strict=True):
        np.testing.assert_array_equal(structure.neighbours.numpy(), lists)


def test_everything_learned_gets_a_gradient(small_dataset):
    model = _model(small_dataset)
    with tf.GradientTape() as tape:
        items = model(training=True).items
        loss = tf.reduce_sum(tf.math.sin(3.0 * items))
    gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
    assert len(gradients) == 2 + 2 * len(small_dataset.modalities)
    assert all(np.abs(tf.convert_to_tensor(g)).max() > 0 for g in gradients)
