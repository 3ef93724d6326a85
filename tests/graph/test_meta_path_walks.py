import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.graph.meta_path_walks import meta_path_walks
from a2bm2gl_tf.graph.skip_gram import skip_gram_embeddings


def _csr(rows):
    return sp.csr_matrix(np.array(rows, np.float32))


def test_a_ring_leaves_no_choice():
    # User u has watched only video u, which leads on to video u + 1: users follow one another.
    watched, onwards = _csr(np.eye(4)), _csr(np.roll(np.eye(4), 1, axis=1))
    walks = meta_path_walks([watched, onwards, watched], 2, 5, np.random.default_rng(0))
    assert walks.dtype == np.int32
    np.testing.assert_array_equal(walks, (walks[:, :1] + np.arange(5)) % 4)
    # Every node starts once in each pass.
    np.testing.assert_array_equal(np.sort(walks[:, 0].reshape(2, 4)), [np.arange(4)] * 2)


def test_a_dead_end_ends_the_walk():
    # 0 -> 1 -> 2, and 3 alone.
    walks = meta_path_walks(
        [_csr([[0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]])],
        1,
        4,
        np.random.default_rng(0),
    )
    by_start = {walk[0]: walk.tolist() for walk in walks}
    assert by_start == {
        0: [0, 1, 2, -1],
        1: [1, 2, -1, -1],
        2: [2, -1, -1, -1],
        3: [3, -1, -1, -1],
    }


def test_neighbours_are_drawn_uniformly_at_every_relation():
    # From user 0 by video 0 (users 0, 1) or video 1 (users 0, 2, 3): 1/4 + 1/6, 1/4, 1/6, 1/6.
    train = _csr([[1, 1], [1, 0], [0, 1], [0, 1]])
    walks = meta_path_walks([train, train.T.tocsr()], 30_000, 2, np.random.default_rng(1))
    reached = np.bincount(walks[walks[:, 0] == 0, 1], minlength=4) / 30_000
    np.testing.assert_allclose(reached, [5 / 12, 1 / 4, 1 / 6, 1 / 6], atol=0.01)


def test_relations_have_to_lead_back():
    with pytest.raises(ValueError, match="do not lead back"):
        meta_path_walks([_csr(np.ones((2, 3)))], 1, 2, np.random.default_rng(0))


def test_skip_gram_tells_two_communities_apart_and_repeats_itself():
    community = np.kron(np.eye(2), np.ones((5, 5))) - np.eye(10)
    graph = sp.block_diag([_csr(community), _csr([[0.0]])], format="csr")
    walks = meta_path_walks([graph], 20, 10, np.random.default_rng(0))
    embeddings = skip_gram_embeddings(walks, 11, 8, 2, 5, 5, seed=3)
    np.testing.assert_array_equal(embeddings, skip_gram_embeddings(walks, 11, 8, 2, 5, 5, seed=3))
    assert not np.array_equal(embeddings, skip_gram_embeddings(walks, 11, 8, 2, 5, 5, seed=4))
    np.testing.assert_array_equal(embeddings[10], 0)
    unit = embeddings[:10] / np.linalg.norm(embeddings[:10], axis=1, keepdims=True)
    cosines = unit @ unit.T
    assert cosines[:5, :5].min() > cosines[:5, 5:].max()


def test_no_walk_no_embedding():
    walks = np.array([[0, -1], [1, -1]], np.int32)
    np.testing.assert_array_equal(skip_gram_embeddings(walks, 2, 4, 2, 5, 1, seed=0), 0)
