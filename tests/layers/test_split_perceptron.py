import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.layers.split_perceptron import SplitPerceptron


@pytest.mark.parametrize("hidden", [(6,), (6, 4), (3, 5, 4)])
def test_it_is_the_perceptron_of_the_concatenation(hidden):
    rng = np.random.default_rng(0)
    layer = SplitPerceptron(3, 5, hidden)
    for variable in layer.variables:
        variable.assign(rng.normal(size=variable.shape))
    users, items = rng.normal(size=(7, 3)).astype("f4"), rng.normal(size=(7, 5)).astype("f4")
    values = np.concatenate([users, items], axis=1)
    for kernel, bias in zip(layer.kernels[:-1], layer.biases[:-1], strict=True):
        values = np.maximum(values @ kernel.numpy() + bias.numpy(), 0)
    expected = (values @ layer.kernels[-1].numpy() + layer.biases[-1].numpy())[:, 0]
    of_users, of_items = layer(tf.constant(users), tf.constant(items))
    np.testing.assert_allclose(layer.outputs(of_users + of_items), expected, rtol=1e-5, atol=1e-5)
    # Any leading shape: all pairs, whose diagonal are the rows above.
    everything = layer.outputs(of_users[:, None] + of_items)
    np.testing.assert_allclose(np.diag(everything), expected, rtol=1e-5, atol=1e-5)


def test_layers_of_one_shape_start_from_different_values():
    layer = SplitPerceptron(2, 2, (4, 4, 4), seed=3)
    assert not np.array_equal(layer.kernels[1], layer.kernels[2])
    again = SplitPerceptron(2, 2, (4, 4, 4), seed=3)
    np.testing.assert_array_equal(layer.kernels[1], again.kernels[1])
