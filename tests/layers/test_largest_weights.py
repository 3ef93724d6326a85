import numpy as np
import pytest
import scipy.sparse as sp
import tensorflow as tf

from a2bm2gl_tf.graph.surfing import surfing_support
from a2bm2gl_tf.layers import adjacent_attention
from a2bm2gl_tf.layers.neighbourhoods import Surfing, build_attention

SIZES = (9, 1, 4, 6)
NUM_NODES = sum(SIZES)


def _graph(seed=0):
    """Random connected graphs of the given sizes, side by side."""
    rng = np.random.default_rng(seed)
    blocks = []
    for size in SIZES:
        dense = np.eye(size, k=1) + np.triu(rng.random((size, size)) < 0.2, k=2)
        blocks.append(dense + dense.T)
    return sp.block_diag(blocks, format="csr", dtype=np.float32)


def _layer(name, **surfing):
    layer = build_attention(Surfing(neighbourhood=name, **surfing), NUM_NODES, seed=4)
    layer.build((NUM_NODES, 5))
    layer.select(_graph())
    return layer


def _embeddings(scale=2.0, seed=1):
    return np.random.default_rng(seed).normal(scale=scale, size=(NUM_NODES, 5)).astype("f4")


def _dense_attention(layer, embeddings, mask, prior=None):
    """alpha with every logit of Eq. 6 written out in float64, float64 (N, N)."""
    x = embeddings.astype("f8")
    pairs = [
        np.concatenate([np.broadcast_to(row, x.shape), x], axis=1)
        @ np.concatenate([layer.w_l.numpy(), layer.w_r.numpy()]).astype("f8")
        for row in x
    ]
    logits = np.stack(pairs)
    logits = np.where(logits > 0, logits, 0.2 * logits)
    if prior is not None:
        logits = logits + prior
    logits = np.where(mask, logits, -np.inf)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _largest_by_hand(attention, rows, k, candidates):
    nodes, weights = [], []
    for row in rows:
        allowed = [i for i in range(NUM_NODES) if i != row and candidates[row, i]]
        best = sorted(allowed, key=lambda i: (-attention[row, i], i))[:k]
        nodes.append(best + [-1] * (k - len(best)))
        weights.append([attention[row, i] for i in best] + [0.0] * (k - len(best)))
    return np.array(nodes), np.array(weights)


def _component_mask():
    labels = np.repeat(np.arange(len(SIZES)), SIZES)
    return labels[:, None] == labels[None, :]


def _strongest(M, m):
    """The m largest entries of each row of the surfing matrix."""
    kept = np.zeros_like(M, bool)
    np.put_along_axis(kept, np.argsort(-M, axis=1, kind="stable")[:, :m], True, axis=1)
    return kept & (M > 0)


@pytest.fixture(params=["full", "reachable", "reachable with prior", "top_m", "top_m with prior"])
def case(request):
    """(layer, embeddings, dense attention, mask of N_v)."""
    name, *prior = request.param.split(" with ")
    layer = _layer(name, hops=2, top_m=4, log_prior=bool(prior))
    embeddings = _embeddings()
    M = surfing_support(_graph(), hops=2, alpha=0.5).toarray()
    mask = {"full": _component_mask(), "reachable": M > 0, "top_m": _strongest(M, 4)}[name]
    log_prior = np.log(np.maximum(M, 1e-30)) if prior else None
    return layer, embeddings, _dense_attention(layer, embeddings, mask, log_prior), mask


@pytest.mark.parametrize("k", [1, 3, 30])
def test_largest_weights_equal_a_dense_softmax(case, k):
    layer, embeddings, attention, mask = case
    rows = np.array([3, 9, 0, 19, 10, 3])
    nodes, weights = layer.largest_weights(tf.constant(embeddings), rows, k)
    expected_nodes, expected_weights = _largest_by_hand(attention, rows, k, mask)
    np.testing.assert_array_equal(nodes, expected_nodes)
    np.testing.assert_allclose(weights, expected_weights, rtol=1e-5)
    assert (nodes.dtype, weights.dtype) == (np.int64, np.float32)


def test_among_limits_the_candidates_and_not_the_sum(case):
    layer, embeddings, attention, mask = case
    rows = np.arange(NUM_NODES)
    among = _graph()
    nodes, weights = layer.largest_weights(tf.constant(embeddings), rows, 3, among)
    candidates = mask & (among.toarray() > 0)
    expected_nodes, expected_weights = _largest_by_hand(attention, rows, 3, candidates)
    np.testing.assert_array_equal(nodes, expected_nodes)
    np.testing.assert_allclose(weights, expected_weights, rtol=1e-5)


def test_the_weights_are_those_the_layer_sums_with(case):
    layer, embeddings, *_ = case
    rows = np.arange(NUM_NODES)
    nodes, weights = layer.largest_weights(tf.constant(embeddings), rows, NUM_NODES)
    total = np.zeros_like(embeddings)
    for row in rows:
        own = 1.0 - weights[row].sum()
        total[row] = own * embeddings[row]
        for node, weight in zip(nodes[row], weights[row], strict=True):
            if node >= 0:
                total[row] += weight * embeddings[node]
    np.testing.assert_allclose(layer(tf.constant(embeddings))[0], total, atol=2e-5)


def test_blocks_of_rows_change_nothing(case, monkeypatch):
    layer, embeddings, *_ = case
    rows = np.arange(NUM_NODES)[::-1]
    whole = layer.largest_weights(tf.constant(embeddings), rows, 3)
    monkeypatch.setattr(adjacent_attention, "_BLOCK_ROWS", 7)
    for one, other in zip(layer.largest_weights(embeddings, rows, 3), whole, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_a_node_that_takes_all_the_weight_leaves_none_to_others():
    layer, embeddings = _layer("full"), _embeddings(scale=400.0)
    attention = _dense_attention(layer, embeddings, _component_mask())
    nodes, weights = layer.largest_weights(tf.constant(embeddings), np.arange(NUM_NODES), 2)
    for row in range(NUM_NODES):
        for node, weight in zip(nodes[row], weights[row], strict=True):
            assert weight == pytest.approx(attention[row, node] if node >= 0 else 0, rel=1e-3)
    assert np.isfinite(weights).all()
    assert (nodes[weights == 0] == -1).all()


def test_only_whole_components_share_one_order():
    assert {name: _layer(name).spans_components for name in ("full", "reachable", "top_m")} == {
        "full": True,
        "reachable": False,
        "top_m": False,
    }
    nodes, _ = _layer("full").largest_weights(tf.constant(_embeddings()), np.arange(9), 9)
    orders = [[node for node in row if node not in (-1, 0, 1)] for row in nodes[:2].tolist()]
    assert orders[0] == orders[1]
