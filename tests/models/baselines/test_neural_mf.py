import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.models.registry import build_model

CONFIG = ModelConfig(dimension=5, init_stddev=0.5, own={"hidden": (8, 6)})
USERS, ITEMS = np.array([3, 59, 0, 17]), np.array([49, 0, 12, 12])


@pytest.fixture
def model(small_dataset, fill):
    model = build_model("neumf", small_dataset, CONFIG)
    fill(model)
    return model


def _tables(model):
    """p^G, q^G, p^M, q^M."""
    for table in (model.factors.table, model.inputs_of_perceptron.table):
        yield from np.split(table.numpy(), [model.num_users])


def test_it_is_both_parts_joined_by_the_last_layer(model):
    p_gmf, q_gmf, p_mlp, q_mlp = _tables(model)
    kernels, biases = model.perceptron.kernels, model.perceptron.biases
    last = np.concatenate([model.factor_weights.numpy(), kernels[-1].numpy()[:, 0]])
    scores = model.scorer()(USERS)
    for row, user in enumerate(USERS):
        for item in ITEMS:
            values = np.concatenate([p_mlp[user], q_mlp[item]])
            for kernel, bias in zip(kernels[:-1], biases[:-1], strict=True):
                values = np.maximum(values @ kernel.numpy() + bias.numpy(), 0)
            joined = np.concatenate([p_gmf[user] * q_gmf[item], values])
            expected = last @ joined + biases[-1].numpy()[0]
            assert scores[row, item] == pytest.approx(expected, rel=1e-5, abs=1e-5)


def test_layers_of_torch_with_the_same_weights_agree(model):
    torch = pytest.importorskip("torch")

    def linear(kernel, bias):
        layer = torch.nn.Linear(*kernel.shape)
        layer.weight.data = torch.tensor(kernel.T.copy())
        layer.bias.data = torch.tensor(bias)
        return layer

    p_gmf, q_gmf, p_mlp, q_mlp = (
        torch.nn.Embedding.from_pretrained(torch.tensor(table)) for table in _tables(model)
    )
    kernels = [kernel.numpy() for kernel in model.perceptron.kernels]
    biases = [bias.numpy() for bias in model.perceptron.biases]
    tower = torch.nn.Sequential(
        linear(kernels[0], biases[0]),
        torch.nn.ReLU(),
        linear(kernels[1], biases[1]),
        torch.nn.ReLU(),
    )
    last = linear(np.concatenate([model.factor_weights.numpy()[:, None], kernels[2]]), biases[2])
    with torch.no_grad():
        u, v = torch.tensor(USERS), torch.tensor(ITEMS)
        deep = tower(torch.cat([p_mlp(u), q_mlp(v)], dim=1))
        expected = last(torch.cat([p_gmf(u) * q_gmf(v), deep], dim=1))[:, 0].numpy()
    pairs = model.pair_scores(model(training=False), tf.constant(USERS), tf.constant(ITEMS))
    np.testing.assert_allclose(pairs, expected, rtol=1e-5, atol=1e-5)
    whole = model.scorer()(USERS)[np.arange(len(USERS)), ITEMS]
    np.testing.assert_allclose(whole, expected, rtol=1e-5, atol=1e-5)


def test_the_two_tables_are_dropped_out_independently(small_dataset):
    model = build_model("neumf", small_dataset, ModelConfig(dimension=5, dropout=0.5))
    for layer in (model.factors, model.inputs_of_perceptron):
        layer.table.assign(tf.ones_like(layer.table))
    seen = []
    model.of_parts = lambda *parts: seen.extend(parts)
    model(training=True, dropout_seed=tf.constant([1, 2]))
    dropped = [part.numpy() == 0 for part in seen]
    assert 0.3 < dropped[0].mean() < 0.7
    assert not np.array_equal(dropped[0], dropped[2])
