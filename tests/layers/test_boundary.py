import numpy as np
import tensorflow as tf

from a2bm2gl_tf.layers.boundary import BoundaryNetwork


def _network(**settings):
    network = BoundaryNetwork(**settings)
    network.build((None, 2), (None, 2))
    return network


def test_by_hand():
    network = _network(initial_boundary=0.5)
    network.hidden.kernel.assign([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.0, -3.0]])
    network.hidden.bias.assign([0.0, 1.0])
    network.output_layer.kernel.assign([[2.0], [-1.0]])
    users, pooled = tf.constant([[1.0, 2.0], [-5.0, 0.0]]), tf.constant([[3.0, 0.5], [1.0, 1.0]])
    # User 0: hidden (1 + 3, 2 - 1.5 + 1) = (4, 1.5); 8 - 1.5 + 0.5. User 1: hidden (0, 0).
    np.testing.assert_allclose(network(users, pooled), [7.0, 0.5], rtol=1e-6)


def test_stop_gradient_keeps_the_error_out_of_the_embeddings():
    users, pooled = tf.Variable([[1.0, 2.0]]), tf.Variable([[3.0, 0.5]])
    for stopped in (True, False):
        network = _network(stop_gradient=stopped, seed=1)
        network.hidden.bias.assign([10.0, 10.0])  # both hidden units are active
        with tf.GradientTape() as tape:
            value = tf.reduce_sum(network(users, pooled))
        gradients = tape.gradient(value, [users, pooled, network.hidden.kernel.value])
        assert all((gradient is None) == stopped for gradient in gradients[:2])
        assert gradients[2] is not None


def test_networks_with_other_seeds_differ():
    users, pooled = tf.ones([1, 2]), tf.ones([1, 2])
    first, again, other = (_network(seed=seed) for seed in (0, 0, 5))
    assert float(first(users, pooled)[0]) == float(again(users, pooled)[0])
    assert not np.allclose(first.hidden.kernel.numpy(), other.hidden.kernel.numpy())
