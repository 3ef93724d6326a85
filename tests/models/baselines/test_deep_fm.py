import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.baselines import product_and_perceptron
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model

CONFIG = ModelConfig(dimension=5, init_stddev=0.5, own={"hidden": (8, 6)})


def _expected(model, dataset):
    """Scores of all pairs, one network input a pair, on the embeddings of the machine."""
    machine = build_model("fm", dataset, ModelConfig(dimension=5))
    for variable, value in zip(machine.variables, model.fields.variables, strict=True):
        variable.assign(value)
    users, items = np.split(model.fields.node_embeddings.table.numpy(), [dataset.num_users])
    contents = [
        modality.features / modality.typical_norm @ field.factors.numpy()
        for modality, field in zip(dataset.modalities, model.fields.content_fields, strict=True)
    ]
    items = np.concatenate([items, *contents], axis=1)
    kernels, biases = model.perceptron.kernels, model.perceptron.biases
    scores = machine.scorer()(np.arange(dataset.num_users)).astype(np.float64)
    for user in range(dataset.num_users):
        values = np.concatenate([np.tile(users[user], (len(items), 1)), items], axis=1)
        for kernel, bias in zip(kernels[:-1], biases[:-1], strict=True):
            values = np.maximum(values @ kernel.numpy() + bias.numpy(), 0)
        scores[user] += (values @ kernels[-1].numpy() + biases[-1].numpy())[:, 0]
    return scores


@pytest.mark.parametrize("content", ["partial", "none"])
def test_it_is_the_machine_and_the_network_on_its_embeddings(partial, fill, content):
    dataset = partial if content == "partial" else dataclasses.replace(partial, modalities=())
    model = build_model("deepfm", dataset, CONFIG)
    fill(model)
    expected = _expected(model, dataset)
    everything = model.scorer()(np.arange(60))
    np.testing.assert_allclose(everything, expected, rtol=1e-5, atol=1e-5)
    representations = model(training=False)
    users, items = np.array([3, 59, 0]), np.array([[4, 0], [49, 7], [12, 3]])
    pairs = model.pair_scores(representations, tf.constant(users), tf.constant(items))
    np.testing.assert_allclose(pairs, expected[users[:, None], items], rtol=1e-5, atol=1e-5)
    pairs = model.pair_scores(representations, tf.constant(users), tf.constant(items[:, 1]))
    np.testing.assert_allclose(pairs, expected[users, items[:, 1]], rtol=1e-5, atol=1e-5)


def test_blocks_of_items_give_the_scores_of_all(partial, fill, monkeypatch):
    model = build_model("deepfm", partial, CONFIG)
    fill(model)
    whole = model.scorer()(np.arange(5, 12))
    # Seven users by three items by a layer of eight: 17 blocks, the last of two items.
    monkeypatch.setattr(product_and_perceptron, "_BLOCK_ENTRIES", 7 * 3 * 8)
    np.testing.assert_allclose(model.scorer()(np.arange(5, 12)), whole, rtol=1e-5, atol=1e-6)
    assert model.scorer()(np.array([], np.int64)).shape == (0, 50)


@pytest.mark.parametrize("hidden", [(), (8, 0)])
def test_layers_without_a_width_are_refused(small_dataset, hidden):
    with pytest.raises(UserError, match="hidden="):
        build_model("deepfm", small_dataset, ModelConfig(own={"hidden": hidden}))
