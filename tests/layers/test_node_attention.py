import numpy as np
import pytest
import tensorflow as tf
import tf_geometric as tfg

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.layers.node_attention import NodeAttention
from a2bm2gl_tf.layers.semantic_attention import SemanticAttention

LISTS = np.array([[0, 1, 2], [1, -1, -1], [2, 0, -1], [3, 1, 0], [-1, -1, -1]])


def _layer(activation="linear"):
    layer = NodeAttention(4, num_heads=2, activation=activation, seed=1)
    rng = np.random.default_rng(0)
    layer.a_left.assign(rng.normal(size=(2, 2)))
    layer.a_right.assign(rng.normal(size=(2, 2)))
    return layer, rng.normal(size=(5, 4)).astype("f4")


def _by_loops(layer, inputs):
    left, right = layer.a_left.numpy(), layer.a_right.numpy()
    result = np.zeros((5, 4))
    for node, neighbours in enumerate(LISTS):
        for head in range(2):
            part = inputs[:, 2 * head : 2 * head + 2]
            kept = [j for j in neighbours if j >= 0]
            logits = [left[head] @ part[node] + right[head] @ part[j] for j in kept]
            scores = np.exp([x if x > 0 else 0.2 * x for x in logits])
            for j, score in zip(kept, scores, strict=True):
                result[node, 2 * head : 2 * head + 2] += score / scores.sum() * part[j]
    return result


def test_equals_the_formula_in_loops():
    layer, inputs = _layer()
    result = layer(tf.constant(inputs), tf.constant(LISTS)).numpy()
    np.testing.assert_allclose(result, _by_loops(layer, inputs), atol=1e-6)
    # The node without a neighbour, and the one that has itself alone.
    np.testing.assert_array_equal(result[4], np.zeros(4))
    np.testing.assert_allclose(result[1], inputs[1], atol=1e-6)


def test_the_activation_comes_last():
    layer, inputs = _layer("elu")
    expected = _by_loops(layer, inputs)
    expected = np.where(expected > 0, expected, np.expm1(expected))
    np.testing.assert_allclose(layer(tf.constant(inputs), tf.constant(LISTS)), expected, atol=1e-6)


@pytest.mark.parametrize(("sign", "slope"), [(1.0, 1.0), (-1.0, 0.2)])
def test_equals_tf_geometrics_gat_where_logits_have_one_sign(sign, slope):
    # Its logits are products of queries and keys over sqrt(2): [l_i, 1] . [1, r_j] is l_i + r_j,
    # of which LeakyReLU is a multiple as long as the sign does not change.
    layer, inputs = _layer()
    inputs = np.abs(inputs[:4])
    layer.a_left.assign(sign * np.abs(layer.a_left))
    layer.a_right.assign(sign * np.abs(layer.a_right))
    scale = slope * np.sqrt(2.0)
    query_kernel, key_kernel = np.zeros((4, 4), "f4"), np.zeros((4, 4), "f4")
    for head in range(2):
        rows = slice(2 * head, 2 * head + 2)
        query_kernel[rows, 2 * head] = scale * layer.a_left.numpy()[head]
        key_kernel[rows, 2 * head + 1] = scale * layer.a_right.numpy()[head]
    query_bias = np.array([0, 1, 0, 1], "f4")
    lists = LISTS[:4]
    # It adds the nodes themselves.
    edges = [(i, j) for i, row in enumerate(lists) for j in row if j >= 0 and j != i]
    expected = tfg.nn.gat(
        inputs,
        tf.constant(np.transpose(edges), tf.int32),
        query_kernel,
        query_bias,
        None,
        key_kernel,
        query_bias[::-1],
        None,
        np.eye(4, dtype="f4"),
        num_heads=2,
    )
    result = layer(tf.constant(inputs), tf.constant(lists))
    np.testing.assert_allclose(result, expected, atol=1e-5)


def test_both_levels_equal_pyg_s_han_convolution_with_gradients(peer_arrays):
    theirs = peer_arrays("han")
    node_level = [NodeAttention(8, num_heads=2, activation="relu") for _ in range(2)]
    semantic = SemanticAttention(8, 8)
    for path, layer in enumerate(node_level):
        layer.a_left.assign(theirs["a_left"][path])
        layer.a_right.assign(theirs["a_right"][path])
    for name in ("kernel", "bias", "query"):
        getattr(semantic, name).assign(theirs[name])
    inputs = tf.constant(theirs["inputs"])
    names = ("a_left", "a_right")
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        views = [
            layer(inputs, lists) for layer, lists in zip(node_level, theirs["lists"], strict=True)
        ]
        outputs = semantic(views)
        value = tf.reduce_sum(outputs * theirs["upstream"])
    np.testing.assert_allclose(semantic.weights_of(views), theirs["beta"], rtol=1e-5)
    np.testing.assert_allclose(outputs, theirs["outputs"], rtol=1e-5, atol=1e-6)
    sources = {
        **{name: [getattr(layer, name).value for layer in node_level] for name in names},
        **{name: getattr(semantic, name).value for name in ("kernel", "bias", "query")},
        "inputs": inputs,
    }
    for name, gradient in tape.gradient(value, sources).items():
        np.testing.assert_allclose(
            gradient, theirs[f"gradient/{name}"], rtol=1e-4, atol=1e-6, err_msg=name
        )


def test_equals_torch_with_gradients():
    torch = pytest.importorskip("torch")
    layer, inputs = _layer("elu")
    weights = np.random.default_rng(3).normal(size=(5, 4)).astype("f4")
    x = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(weights * layer(x, tf.constant(LISTS)))
    gradients = tape.gradient(loss, [x, layer.a_left.value, layer.a_right.value])

    theirs = [
        torch.tensor(value, requires_grad=True)
        for value in (inputs, layer.a_left.numpy(), layer.a_right.numpy())
    ]
    parts = theirs[0].reshape(5, 2, 2)
    logits = (parts * theirs[1]).sum(-1)[:, None] + (parts * theirs[2]).sum(-1)[None]
    mask = np.zeros((5, 5), bool)
    for i, row in enumerate(LISTS):
        mask[i, row[row >= 0]] = True
    logits = torch.nn.functional.leaky_relu(logits, 0.2)
    logits = logits.masked_fill(~torch.tensor(mask)[:, :, None], -1e30)
    # The last node has no neighbour: nothing of its row counts.
    alpha = torch.softmax(logits, dim=1)[:4]
    attended = torch.nn.functional.elu(torch.einsum("ijh,jhd->ihd", alpha, parts))
    (torch.tensor(weights[:4]) * attended.reshape(4, 4)).sum().backward()
    for one, other in zip(gradients, theirs, strict=True):
        np.testing.assert_allclose(one, other.grad.numpy(), atol=1e-5)


def test_heads_must_divide_the_width():
    with pytest.raises(UserError, match="heads=3"):
        NodeAttention(4, num_heads=3)
    with pytest.raises(UserError, match="activation=wavy"):
        NodeAttention(4, num_heads=2, activation="wavy")
