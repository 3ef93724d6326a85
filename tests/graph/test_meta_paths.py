import types

import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.graph import meta_paths
from a2bm2gl_tf.graph.meta_paths import (
    modality_graphs,
    user_video_modality_video_user,
    user_video_user,
    video_user_video,
)
from a2bm2gl_tf.graph.neighbour_lists import neighbour_lists

# Users 0: {0, 1}, 1: {1}, 2: {1, 2}, 3: none.
TRAIN = sp.csr_matrix(np.array([[1, 1, 0], [0, 1, 0], [0, 1, 1], [0, 0, 0]], np.float32))


def _dataset(*modalities):
    return types.SimpleNamespace(modalities=modalities)


def test_pathsim_of_users_by_hand():
    # paths(0, 1) = 1, paths(0, 0) = 2, paths(1, 1) = 1: 2 / 3; paths(0, 2) = 1: 2 / 4.
    expected = np.zeros((4, 4), np.float32)
    expected[0, 1] = expected[1, 0] = expected[1, 2] = expected[2, 1] = 2 / 3
    expected[0, 2] = expected[2, 0] = 1 / 2
    similarity = user_video_user(TRAIN, None)
    np.testing.assert_allclose(similarity.toarray(), expected, rtol=1e-6)
    assert similarity.dtype == np.float32
    assert similarity.has_sorted_indices
    assert similarity.nnz == 6


def test_pathsim_of_videos_by_hand():
    # Video 0: {0}, 1: {0, 1, 2}, 2: {2}; paths(0, 1) = 1 of (1, 3): 2 / 4; none between 0 and 2.
    expected = np.array([[0, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0]], np.float32)
    np.testing.assert_allclose(video_user_video(TRAIN, None).toarray(), expected)


def test_the_top_of_each_row_is_kept_lower_rows_first_among_equals():
    best = user_video_user(TRAIN, 1)
    assert best.indptr.tolist() == [0, 1, 2, 3, 3]
    # User 1 is as similar to user 0 as to user 2.
    assert best.indices.tolist() == [1, 0, 1]
    np.testing.assert_allclose(best.data, 2 / 3)


@pytest.mark.parametrize("entries", [1, 7, 1 << 22])
def test_blocks_change_nothing(entries, monkeypatch):
    monkeypatch.setattr(meta_paths, "_BLOCK_ENTRIES", entries)
    train = (np.random.default_rng(0).random((12, 9)) < 0.3).astype(np.float32)
    train[4] = 0
    paths = train @ train.T
    total = np.add.outer(np.diag(paths), np.diag(paths))
    expected = np.divide(2 * paths, total, out=np.zeros_like(paths), where=paths > 0)
    np.fill_diagonal(expected, 0)
    similarity = user_video_user(sp.csr_matrix(train), None)
    np.testing.assert_allclose(similarity.toarray(), expected, rtol=1e-6)
    for row, values in enumerate(user_video_user(sp.csr_matrix(train), 3).toarray()):
        order = sorted(range(12), key=lambda other: (-expected[row, other], other))[:3]
        kept = [other for other in order if expected[row, other] > 0]
        assert np.flatnonzero(values).tolist() == sorted(kept)


def test_modality_graphs_link_both_directions_and_leave_out_what_is_missing():
    features = np.array([[1, 0], [1, 0.1], [0, 1], [0.5, 1], [0, 0]], np.float32)
    present = np.array([True, True, True, True, False])
    # Nearest: 0 -> 1, 1 -> 0, 2 -> 3, 3 -> 2; in the other modality 2 -> 1, 1 -> 0, 0 -> 1.
    line = np.array([[1, 0], [1, 0.2], [1, 1], [0, 0], [0, 0]], np.float32)
    few = np.array([True, True, True, False, False])
    graphs = modality_graphs(
        _dataset(Modality("visual", features, present), Modality("text", line, few)), 1
    )
    assert list(graphs) == ["visual", "text"]
    expected = np.zeros((5, 5))
    expected[[0, 1, 2, 3], [1, 0, 3, 2]] = 1
    np.testing.assert_array_equal(graphs["visual"].toarray(), expected)
    # Item 2 lists 1, which does not list it.
    expected = np.zeros((5, 5))
    expected[[0, 1, 1, 2], [1, 0, 2, 1]] = 1
    np.testing.assert_array_equal(graphs["text"].toarray(), expected)
    assert graphs["text"].dtype == np.float32
    assert graphs["text"].has_sorted_indices


def test_ranked_entries_prefer_the_nearest_and_never_outweigh_a_modality():
    # Angles: item 0's neighbours by nearness are 5, 4, 3, 2, 1, against the order of their rows.
    angles = np.array([0.0, 1.0, 0.8, 0.6, 0.4, 0.2])
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    look = Modality("look", features, np.ones(6, bool))
    graph = modality_graphs(_dataset(look), 4, ranked=True)["look"]
    np.testing.assert_array_equal(neighbour_lists(graph, 3)[0], [5, 4, 3])
    # 3 is the second nearest of 2 (after 1 or with 4), and a link has the better of two places.
    dense = graph.toarray()
    np.testing.assert_array_equal(dense, dense.T)
    assert dense[0, 5] == pytest.approx(1.001, abs=1e-6)
    assert ((dense == 0) | ((dense > 1) & (dense < 1.0011))).all()
    plain = modality_graphs(_dataset(look), 4)["look"]
    np.testing.assert_array_equal(plain.toarray(), dense > 0)


def test_no_modality_no_graph():
    assert modality_graphs(_dataset(), 3) == {}
    alone = Modality("text", np.ones((2, 1), np.float32), np.array([True, False]))
    assert modality_graphs(_dataset(alone), 3)["text"].nnz == 0


def test_pathsim_through_content_by_hand():
    # Videos 0 and 2 are alike, 1 lacks the modality. Paths: 0-0 by video 0 itself, 2-2 by video 2,
    # 0-2 by (0, 2): 2 * 1 / (1 + 1). User 1, with video 1 alone, has none.
    graph = sp.csr_matrix(np.array([[0, 0, 1], [0, 0, 0], [1, 0, 0]], np.float32))
    expected = np.zeros((4, 4), np.float32)
    expected[0, 2] = expected[2, 0] = 1
    similarity = user_video_modality_video_user(TRAIN, graph, None)
    np.testing.assert_allclose(similarity.toarray(), expected)
    assert np.isfinite(similarity.data).all()
    assert similarity.nnz == 2
    # Paths are counted: the entries of a ranked graph say nothing of their number.
    ranked = graph * np.float32(1.5)
    found = user_video_modality_video_user(TRAIN, ranked, None)
    np.testing.assert_array_equal(found.toarray(), similarity.toarray())
    np.testing.assert_array_equal(ranked.data, 1.5)
