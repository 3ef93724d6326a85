import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf
import tf_geometric as tfg

from a2bm2gl_tf.graph.surfing import surfing_support
from a2bm2gl_tf.layers.component_order import components_of
from a2bm2gl_tf.layers.full_attention import FullAttention, exact_attention
from a2bm2gl_tf.layers.neighbourhoods import Surfing, build_attention
from a2bm2gl_tf.layers.reachable_attention import ReachableAttention
from a2bm2gl_tf.layers.top_m_attention import TopMAttention


def _dense(left, right, values, mask, prior=None):
    """Softmax attention in float64 with every logit written out."""
    left, right, values = (np.asarray(x, np.float64) for x in (left, right, values))
    logits = left[:, None] + right[None, :]
    logits = np.where(logits > 0, logits, 0.2 * logits)
    if prior is not None:
        logits = logits + prior
    logits = np.where(mask, logits, -np.inf)
    attention = np.exp(logits - logits.max(axis=1, keepdims=True))
    attention /= attention.sum(axis=1, keepdims=True)
    entropy = -np.where(attention > 0, attention * np.log(np.maximum(attention, 1e-300)), 0).sum(1)
    return attention @ values, entropy


def _path(*sizes):
    """Paths of the given numbers of nodes, side by side; a size of 1 is an isolated node."""
    blocks = [sp.csr_matrix(np.eye(n, k=1) + np.eye(n, k=-1)) for n in sizes]
    return sp.block_diag(blocks, format="csr", dtype=np.float32)


def _random(num_nodes, scale, seed, width=5):
    rng = np.random.default_rng(seed)
    left, right = (rng.normal(scale=scale, size=num_nodes).astype("f4") for _ in range(2))
    return left, right, rng.normal(size=(num_nodes, width)).astype("f4")


@pytest.mark.parametrize("scale", [0.1, 1.0, 20.0, 1000.0])
@pytest.mark.parametrize("labels", [np.zeros(300), np.arange(300) // 7, np.arange(300) % 11])
def test_exact_attention_equals_dense_softmax(scale, labels):
    labels = labels.astype(np.int32)
    left, right, values = _random(300, scale, seed=0)
    mask = labels[:, None] == labels[None, :]
    output, entropy = exact_attention(left, right, values, components_of(labels))
    expected, expected_entropy = _dense(left, right, values, mask)
    np.testing.assert_allclose(output, expected, atol=1e-5)
    np.testing.assert_allclose(entropy, expected_entropy, atol=1e-4)


def test_exact_attention_with_all_logits_on_one_side_or_equal():
    labels = np.zeros(20, np.int32)
    values = np.random.default_rng(0).normal(size=(20, 3)).astype("f4")
    for left_shift, right_scale in ((1e4, 1.0), (-1e4, 1.0), (0.0, 0.0)):
        left = np.full(20, left_shift, np.float32)
        right = (right_scale * np.linspace(-3, 3, 20)).astype("f4")
        expected, _ = _dense(left, right, values, np.ones((20, 20), bool))
        output, _ = exact_attention(left, right, values, components_of(labels))
        np.testing.assert_allclose(output, expected, atol=1e-5)


def test_one_node_component_attends_to_itself():
    labels = np.array([0, 1, 1, 2], np.int32)
    left, right, values = _random(4, 5.0, seed=1)
    output, entropy = exact_attention(left, right, values, components_of(labels))
    np.testing.assert_allclose(output.numpy()[[0, 3]], values[[0, 3]], rtol=1e-6)
    np.testing.assert_allclose(entropy.numpy()[[0, 3]], [0.0, 0.0], atol=1e-6)


def _dense_gradients(left, right, values, labels, upstream, entropy_upstream):
    """Gradients through a float64 softmax over all pairs."""
    variables = [tf.Variable(np.asarray(x, np.float64)) for x in (left, right, values)]
    with tf.GradientTape() as tape:
        logits = tf.nn.leaky_relu(variables[0][:, None] + variables[1][None, :], 0.2)
        logits = tf.where(labels[:, None] == labels[None, :], logits, -1e30)
        log_attention = tf.nn.log_softmax(logits, axis=1)
        attention = tf.exp(log_attention)
        entropy = -tf.reduce_sum(attention * log_attention, axis=1)
        loss = tf.reduce_sum(attention @ variables[2] * upstream)
        loss += tf.reduce_sum(entropy * entropy_upstream)
    return tape.gradient(loss, variables)


def _fast_gradients(left, right, values, components, upstream, entropy_upstream):
    with tf.GradientTape() as tape:
        tape.watch([left, right, values])
        output, entropy = exact_attention(left, right, values, components)
        loss = tf.reduce_sum(output * upstream) + tf.reduce_sum(entropy * entropy_upstream)
    return tape.gradient(loss, [left, right, values])


@pytest.mark.parametrize("jit_compile", [False, True])
@pytest.mark.parametrize("scale", [0.1, 1.0, 20.0, 1000.0])
@pytest.mark.parametrize("components", [1, 11, 43])
def test_exact_attention_gradients_equal_those_of_dense_softmax(scale, components, jit_compile):
    labels = np.random.default_rng(0).integers(0, components, 300)
    inputs = _random(300, scale, seed=2)
    rng = np.random.default_rng(3)
    upstream = rng.normal(size=(300, 5)).astype("f4"), rng.normal(size=300).astype("f4")
    expected = _dense_gradients(*inputs, labels, *upstream)
    gradients = tf.function(_fast_gradients, jit_compile=jit_compile)(
        *map(tf.constant, inputs), components_of(labels), *map(tf.constant, upstream)
    )
    for one, other in zip(gradients, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=3e-5)


def test_exact_attention_with_equal_values_and_both_signs_of_zero():
    left = np.array([0.0, -0.0, 1.0, 1.0, -1.0, -1.0], np.float32)
    right = np.array([-0.0, 0.0, -1.0, -1.0, 1.0, 1.0], np.float32)
    values = np.random.default_rng(5).normal(size=(6, 3)).astype("f4")
    expected, _ = _dense(left, right, values, np.ones((6, 6), bool))
    components = components_of(np.zeros(6))
    output, _ = exact_attention(left, right, values, components)
    np.testing.assert_allclose(output, expected, atol=1e-6)
    # At a logit of 0 the slope is TensorFlow's: that of the flat side.
    upstream = np.random.default_rng(6).normal(size=(6, 3)).astype("f4"), np.ones(6, np.float32)
    inputs = [tf.constant(x) for x in (left, right, values)]
    wanted = _dense_gradients(left, right, values, np.zeros(6), *upstream)
    for one, other in zip(_fast_gradients(*inputs, components, *upstream), wanted, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_exact_attention_compiles_with_xla():
    left, right, values = map(tf.constant, _random(1000, 3.0, seed=4))
    components = components_of(np.arange(1000) // 300)
    compiled = tf.function(exact_attention, jit_compile=True)
    for one, other in zip(
        compiled(left, right, values, components),
        exact_attention(left, right, values, components),
        strict=True,
    ):
        np.testing.assert_allclose(one, other, atol=2e-6)


def _attend(layer, adjacency, embeddings):
    layer.build(embeddings.shape)
    layer.select(adjacency)
    return layer(tf.constant(embeddings))


def test_all_forms_agree_where_surfing_reaches_the_whole_component():
    adjacency = _path(6, 1, 3)
    embeddings = np.random.default_rng(5).normal(size=(10, 4)).astype("f4")
    layers = [
        TopMAttention(10, top_m=6, hops=6, continue_probability=0.6, seed=9),
        FullAttention(10, seed=9),
        ReachableAttention(10, hops=6, continue_probability=0.6, seed=9),
    ]
    results = [_attend(layer, adjacency, embeddings) for layer in layers]
    left, right = layers[0].logit_parts(tf.constant(embeddings))
    labels = np.array([0] * 6 + [1] + [2] * 3)
    expected, entropy = _dense(left, right, embeddings, labels[:, None] == labels[None, :])
    for output, mean_entropy in results:
        np.testing.assert_allclose(output, expected, atol=1e-5)
        assert float(mean_entropy) == pytest.approx(entropy.mean(), abs=1e-5)


@pytest.mark.parametrize("log_prior", [False, True])
def test_reachable_and_top_m_equal_dense_on_the_support_of_m(log_prior):
    adjacency = _path(7)
    embeddings = np.random.default_rng(6).normal(size=(7, 4)).astype("f4")
    M = surfing_support(adjacency, hops=2, alpha=0.5).toarray()
    surfing = {"hops": 2, "continue_probability": 0.5, "log_prior": log_prior, "seed": 2}
    reachable = ReachableAttention(7, **surfing)
    output, _ = _attend(reachable, adjacency, embeddings)
    left, right = reachable.logit_parts(tf.constant(embeddings))
    prior = np.log(np.maximum(M, 1e-30)) if log_prior else None
    expected, _ = _dense(left, right, embeddings, M > 0, prior)
    np.testing.assert_allclose(output, expected, atol=1e-5)
    # The three largest of a row: itself and its path neighbours, or the nearest two at an end.
    order = np.argsort(-M, axis=1, kind="stable")[:, :3]
    kept = np.zeros_like(M, bool)
    np.put_along_axis(kept, order, True, axis=1)
    expected, _ = _dense(left, right, embeddings, kept, prior)
    output, _ = _attend(TopMAttention(7, top_m=3, **surfing), adjacency, embeddings)
    np.testing.assert_allclose(output, expected, atol=1e-5)


def test_reachable_equals_tf_geometric_gat_where_logits_are_positive():
    # tf_geometric's attention is a scaled dot product; with queries (l, 1) and keys (1, r) it is
    # l + r, which LeakyReLU leaves alone above 0.
    adjacency = _path(5, 2)
    embeddings = np.random.default_rng(7).uniform(0.5, 1.5, size=(7, 3)).astype("f4")
    layer = ReachableAttention(7, hops=1, continue_probability=0.5)
    layer.build(embeddings.shape)
    layer.w_l.assign([0.3, 0.1, 0.7])
    layer.w_r.assign([0.9, 0.2, 0.4])
    layer.select(adjacency)
    zeros = np.zeros(3, np.float32)
    root = np.sqrt(2.0).astype("f4")
    coo = adjacency.tocoo()
    expected = tfg.nn.gat(
        embeddings,
        tf.constant(np.stack([coo.row, coo.col]), tf.int32),
        query_kernel=root * np.stack([layer.w_l.numpy(), zeros], axis=1),
        query_bias=tf.constant([0.0, root]),
        query_activation=None,
        key_kernel=np.stack([zeros, layer.w_r.numpy()], axis=1),
        key_bias=tf.constant([1.0, 0.0]),
        key_activation=None,
        kernel=tf.eye(3),
    )
    np.testing.assert_allclose(layer(tf.constant(embeddings))[0], expected, atol=1e-5)


def _away_from_the_kink(layer):
    """Embeddings whose logits are far enough from 0 for finite differences of LeakyReLU."""
    for seed in range(1000):
        embeddings = np.random.default_rng(seed).normal(size=(6, 3)).astype("f4")
        left, right = (part.numpy() for part in layer.logit_parts(tf.constant(embeddings)))
        if np.abs(left[:, None] + right[None, :]).min() > 0.05:
            return embeddings
    raise AssertionError("no seed keeps the logits away from 0")


@pytest.mark.parametrize("name", ["top_m", "full", "reachable"])
def test_weight_gradient_matches_finite_differences(name):
    surfing = Surfing(neighbourhood=name, hops=2, top_m=3)
    layer = build_attention(surfing, 6, seed=3)
    layer.build((6, 3))
    layer.select(_path(4, 2))
    embeddings = _away_from_the_kink(layer)

    def total():
        return tf.reduce_sum(tf.square(layer(tf.constant(embeddings))[0]))

    with tf.GradientTape() as tape:
        value = total()
    gradients = tape.gradient(value, [layer.w_l.value, layer.w_r.value])
    for weight, gradient in zip((layer.w_l, layer.w_r), gradients, strict=True):
        start = weight.numpy()
        for place in range(3):
            values = []
            for sign in (1, -1):
                moved = start.copy()
                moved[place] += sign * 1e-2
                weight.assign(moved)
                values.append(float(total()))
            weight.assign(start)
            numeric = (values[0] - values[1]) / 2e-2
            assert float(gradient[place]) == pytest.approx(numeric, abs=5e-3)


def test_unknown_neighbourhood_is_refused():
    with pytest.raises(ValueError, match="nearest"):
        build_attention(Surfing(neighbourhood="nearest"), 3)
