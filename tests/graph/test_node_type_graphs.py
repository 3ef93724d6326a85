import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.graph.bipartite import bipartite_adjacency
from a2bm2gl_tf.graph.node_type_graphs import node_type_graphs
from a2bm2gl_tf.graph.surfing import surfing_support


def _random_train():
    return sp.random(20, 15, 0.15, format="csr", random_state=1, dtype=np.float32).ceil().tocsr()


@pytest.mark.parametrize("hops", [2, 5])
def test_are_the_diagonal_blocks_of_surfing_on_the_whole_graph(hops):
    train = _random_train()
    whole = surfing_support(bipartite_adjacency(train), hops, 0.6).toarray()
    for graph, block in zip(
        node_type_graphs(train, hops, 0.6, top=20, beam=None),
        (whole[:20, :20], whole[20:, 20:]),
        strict=True,
    ):
        np.testing.assert_allclose(
            graph.toarray(), block / block.sum(axis=1, keepdims=True), atol=1e-6
        )


def test_by_hand_with_the_strongest_alone():
    # Users 0 and 1 share item 0; user 1 alone has item 1; user 2 has nothing.
    train = sp.csr_matrix(np.array([[1, 0], [1, 1], [0, 0]], np.float32))
    # hops 2, alpha 1/2: w = [2, ., 1/4]. (A^2)_00 = 1/2 and (A^2)_01 = 1/2 from user 0;
    # (A^2)_11 = 1/2 (1/2) + 1/2 (1) = 3/4 and (A^2)_10 = 1/4 from user 1.
    users, items = node_type_graphs(train, 2, 0.5, top=2)
    np.testing.assert_allclose(
        users.toarray(),
        [[2.125 / 2.25, 0.125 / 2.25, 0], [0.0625 / 2.25, 2.1875 / 2.25, 0], [0, 0, 1]],
        rtol=1e-6,
    )
    assert items.shape == (2, 2)
    alone, _ = node_type_graphs(train, 2, 0.5, top=1)
    np.testing.assert_array_equal(alone.toarray(), np.eye(3))


def test_a_beam_wide_enough_changes_nothing_and_a_narrow_one_goes_on_from_the_strongest():
    train = _random_train()
    exact, wide = (node_type_graphs(train, 4, 0.8, 10, beam)[0] for beam in (None, 20))
    np.testing.assert_array_equal(exact.toarray(), wide.toarray())
    # User 0 has items 0 and 1 equally; the beam of one goes on from item 0, to users 0 and 1.
    train = sp.csr_matrix(np.array([[1, 1], [1, 0], [0, 1]], np.float32))
    users, _ = node_type_graphs(train, 2, 0.5, 3, beam=1)
    np.testing.assert_allclose(users.toarray()[0], [2.0625 / 2.125, 0.0625 / 2.125, 0], rtol=1e-6)


def test_a_single_hop_is_refused():
    with pytest.raises(UserError, match="--hops=1"):
        node_type_graphs(_random_train(), 1, 0.5, 5)
