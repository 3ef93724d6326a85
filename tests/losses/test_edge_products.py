import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.losses import edge_products
from a2bm2gl_tf.losses.edge_products import edge_scores, sum_of_edge_items
from a2bm2gl_tf.training.batches import UserBatches


@pytest.fixture(params=["ordered", "segments"])
def edges(request, train):
    batches = UserBatches(train, 0, seed=0, ordered=request.param == "ordered")
    batch = batches.of_users(np.array([3, 0, 4, 5]))
    assert (batch.item_order == ()) == (request.param == "segments")
    return batch


# 3 does not divide the number of edges, so the last block is a short one.
@pytest.mark.parametrize("block", [3, 1 << 14])
def test_scores_of_edges_and_their_gradients(edges, embeddings, train, monkeypatch, block):
    monkeypatch.setattr(edge_products, "_BLOCK_EDGES", block)
    users, items = embeddings
    upstream = tf.constant(np.linspace(-1, 2, len(edges.edge_items)), tf.float32)
    rows, columns = edges.users.numpy()[edges.edge_users.numpy()], edges.edge_items.numpy()
    assert train[rows, columns].min() == 1
    with tf.GradientTape(persistent=True) as tape:
        fast = edge_scores(tf.gather(users, edges.users), items, edges)
        dense = tf.matmul(users, items, transpose_b=True)
        slow = tf.gather_nd(dense, np.stack([rows, columns], axis=1))
    np.testing.assert_allclose(fast, slow, rtol=1e-5, atol=1e-6)
    for variable in (users, items):
        one, other = (
            tf.convert_to_tensor(tape.gradient(scores, variable, output_gradients=upstream))
            for scores in (fast, slow)
        )
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-5)


def test_sums_over_a_users_items_and_their_gradient(edges, embeddings, train):
    _, items = embeddings
    chosen = train.toarray()[edges.users.numpy()]
    upstream = tf.constant(np.arange(16).reshape(4, 4), tf.float32)
    with tf.GradientTape() as tape:
        sums = sum_of_edge_items(items, edges)
    np.testing.assert_allclose(sums, chosen @ items.numpy(), rtol=1e-5, atol=1e-5)
    gradient = tape.gradient(sums, items, output_gradients=upstream)
    np.testing.assert_allclose(gradient, chosen.T @ upstream.numpy(), rtol=1e-5)


def test_no_edges_at_all(embeddings, train):
    users, items = embeddings
    whole = UserBatches(train, 0, seed=0, ordered=True).of_users(np.arange(6))
    nothing = whole.piece(tf.constant(1), 6)
    with tf.GradientTape() as tape:
        scores = edge_scores(users[:0], items, nothing)
    assert scores.shape == (0,)
    np.testing.assert_array_equal(tape.gradient(scores, items), np.zeros(items.shape))


def test_pieces_hold_the_users_and_edges_of_the_batch(train):
    batches = UserBatches(train, 0, seed=0, ordered=True, piece_users=4)
    batch = batches.at_step(0)
    pieces = [batch.piece(tf.constant(index), 4) for index in range(2)]
    assert [len(piece.users) for piece in pieces] == [4, 2]
    for piece in pieces:
        alone = batches.of_users(piece.users.numpy())
        assert float(piece.num_users) == 6
        assert float(alone.num_users) == len(piece.users)
        for name in piece._fields[:-1]:
            np.testing.assert_array_equal(getattr(piece, name), getattr(alone, name), err_msg=name)
        in_order = np.stack([piece.edge_items.numpy(), piece.edge_users.numpy()])
        in_order = in_order[:, piece.item_order[0].numpy()]
        np.testing.assert_array_equal(np.lexsort(in_order[::-1]), np.arange(in_order.shape[1]))
