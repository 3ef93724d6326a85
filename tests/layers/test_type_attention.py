import numpy as np
import tensorflow as tf

from a2bm2gl_tf.layers.type_attention import TypeAttention


def test_equals_the_formula_in_loops():
    rng = np.random.default_rng(0)
    layer = TypeAttention(3, seed=0)
    own, first, second = rng.normal(size=(3, 4, 3)).astype("f4")
    present = np.array([[True, True, False, False], [True, False, True, False]])
    group_weights, node_weights = layer.u_of_group.numpy(), layer.u_of_node.numpy()
    expected = []
    for node in range(4):
        kept = [own[node]]
        kept += [f[node] for f, has in zip((first, second), present, strict=True) if has[node]]
        logits = np.array([group_weights @ f + node_weights @ own[node] for f in kept])
        scores = np.exp(np.where(logits > 0, logits, 0.2 * logits))
        expected.append(scores / scores.sum() @ np.array(kept))
    result = layer(
        tf.constant(own), [tf.constant(first), tf.constant(second)], list(map(tf.constant, present))
    )
    np.testing.assert_allclose(result, expected, atol=1e-6)
