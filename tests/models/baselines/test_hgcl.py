import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.graph.node_type_graphs import node_type_graphs
from a2bm2gl_tf.layers.neighbourhoods import Surfing
from a2bm2gl_tf.models.baselines.hgcl import HGCL
from a2bm2gl_tf.models.config import ModelConfig


@pytest.fixture
def model(small_dataset):
    surfing = Surfing(hops=4, continue_probability=0.7, top_m=6, beam=20)
    return HGCL(small_dataset, ModelConfig(dimension=4, num_layers=1, surfing=surfing, seed=2))


def _prelu(encoder, hidden):
    return np.where(hidden > 0, hidden, encoder.slopes[0].numpy() * hidden)


def test_embeddings_are_those_of_the_formula(model, small_dataset):
    graphs = node_type_graphs(small_dataset.train, 4, 0.7, 6, 20)
    assert np.diff(graphs[0].indptr).max() == 6
    table = model.node_embeddings.table.numpy()
    content = sum(
        modality.features @ layer.kernel.numpy()
        for modality, layer in zip(small_dataset.modalities, model.content, strict=True)
    )
    inputs = (table[: model.num_users], table[model.num_users :] + content)
    encoders = (model.user_encoder, model.item_encoder)
    for found, graph, x, encoder in zip(model.embeddings(), graphs, inputs, encoders, strict=True):
        expected = _prelu(encoder, graph @ (x @ encoder.kernels[0].numpy()))
        np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_contrast_is_with_the_same_rows_in_another_order(model):
    representations = model(training=True)
    (real, shuffled), _ = model.infomax_logits(representations, tf.constant([1, 2]))
    encoder = model.user_encoder
    summary = encoder.summary(representations.users)
    np.testing.assert_allclose(real, encoder.discriminate(representations.users, summary))
    inputs = representations.auxiliary["user_inputs"].numpy()
    # Which order it is, is known from the seed alone.
    seed = tf.random.experimental.stateless_split(tf.constant([1, 2]), 2)[0]
    order = np.argsort(tf.random.stateless_uniform([len(inputs)], seed))
    assert sorted(order) == list(range(len(inputs)))
    expected = encoder.discriminate(encoder(tf.constant(inputs[order])), summary)
    np.testing.assert_allclose(shuffled, expected, atol=1e-6)
    again, other = (
        model.infomax_logits(representations, tf.constant(seed))[0][1] for seed in ([1, 2], [1, 3])
    )
    np.testing.assert_array_equal(shuffled, again)
    assert not np.allclose(shuffled, other)
