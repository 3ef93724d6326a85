import numpy as np
import tensorflow as tf

from a2bm2gl_tf.layers.semantic_attention import SemanticAttention


def test_equals_the_formula_in_numpy():
    rng = np.random.default_rng(0)
    layer = SemanticAttention(width=3, units=2, seed=0)
    for weight in layer.weights:
        weight.assign(rng.normal(size=weight.shape))
    views = rng.normal(size=(3, 5, 3)).astype("f4")
    kernel, bias, query = (w.numpy() for w in (layer.kernel, layer.bias, layer.query))
    scores = [np.mean([query @ np.tanh(z @ kernel + bias) for z in view]) for view in views]
    beta = np.exp(scores) / np.exp(scores).sum()
    np.testing.assert_allclose(layer.weights_of(list(views)), beta, rtol=1e-5)
    np.testing.assert_allclose(
        layer([tf.constant(view) for view in views]),
        sum(b * view for b, view in zip(beta, views, strict=True)),
        atol=1e-5,
    )


def test_equal_views_weigh_the_same():
    view = tf.random.stateless_normal((4, 3), [0, 1])
    layer = SemanticAttention(width=3, units=2, seed=0)
    np.testing.assert_allclose(layer.weights_of([view, view]), [0.5, 0.5])
