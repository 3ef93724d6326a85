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


def test_recboles_neumf_with_the_same_weights_agrees_with_its_gradients(tiny_dataset, peer_arrays):
    theirs = peer_arrays("neural_mf")
    model = build_model("neumf", tiny_dataset(np.ones((7, 9))), CONFIG)
    perceptron = "mlp_layers.mlp_layers"
    last = "predict_layer.weight"
    # Theirs has users and items in tables of their own, kernels transposed, and one last layer.
    pairs = [
        (model.factors.table, ("user_mf_embedding.weight", "item_mf_embedding.weight")),
        (
            model.inputs_of_perceptron.table,
            ("user_mlp_embedding.weight", "item_mlp_embedding.weight"),
        ),
        (model.perceptron.kernels[0], (f"{perceptron}.1.weight",)),
        (model.perceptron.biases[0], (f"{perceptron}.1.bias",)),
        (model.perceptron.kernels[1], (f"{perceptron}.4.weight",)),
        (model.perceptron.biases[1], (f"{perceptron}.4.bias",)),
        (model.factor_weights, (last,)),
        (model.perceptron.kernels[2], (last,)),
        (model.perceptron.biases[2], ("predict_layer.bias",)),
    ]

    def of_theirs(variable, names, prefix=""):
        value = np.concatenate([theirs[prefix + name] for name in names])
        if names == (last,):
            value = value[:, :5] if variable is model.factor_weights else value[:, 5:]
        is_kernel = any(variable is kernel for kernel in model.perceptron.kernels)
        return np.reshape(value.T if is_kernel else value, variable.shape)

    for variable, names in pairs:
        variable.assign(of_theirs(variable, names))
    users, items = tf.constant(theirs["users"]), tf.constant(theirs["items"])
    with tf.GradientTape() as tape:
        logits = model.pair_scores(model(training=False), users, items)
        value = tf.reduce_sum(logits * theirs["upstream"])
    np.testing.assert_allclose(logits, theirs["logits"], rtol=1e-5, atol=1e-5)
    gradients = tape.gradient(value, [variable.value for variable, _ in pairs])
    for gradient, (variable, names) in zip(gradients, pairs, strict=True):
        expected = of_theirs(variable, names, "gradient/")
        np.testing.assert_allclose(tf.convert_to_tensor(gradient), expected, rtol=1e-4, atol=1e-5)
    whole = model.scorer()(theirs["users"])[np.arange(6), theirs["items"]]
    np.testing.assert_allclose(whole, theirs["logits"], rtol=1e-5, atol=1e-5)


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
