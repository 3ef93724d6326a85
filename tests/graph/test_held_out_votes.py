import numpy as np
import pytest
import scipy.sparse as sp

from a2bm2gl_tf.graph.held_out_votes import held_out_votes
from a2bm2gl_tf.graph.meta_paths import (
    alike_videos,
    user_video_modality_video_user,
    user_video_user,
)

# Users 0: {0, 1, 2}, 1: {0, 1}, 2: {1, 2, 3}, 3: none.
TRAIN = sp.csr_matrix(
    np.array([[1, 1, 1, 0], [1, 1, 0, 0], [0, 1, 1, 1], [0, 0, 0, 0]], np.float32)
)


def test_votes_by_hand():
    itself = sp.identity(4, np.float32, format="csr")
    # Without video 0, user 0 is similar to user 1 by 2 / (2 + 2) and to user 2 by 4 / (2 + 3).
    expected = [5 / 13, 1, 2 / 7, 1 / 2, 1, 1, 4 / 9, 0]
    np.testing.assert_allclose(held_out_votes(TRAIN, itself, 9), expected, rtol=1e-6)
    # One vote: user 2's on videos 0 and 1 of user 0, user 1's on video 2; equals go to user 0.
    np.testing.assert_allclose(held_out_votes(TRAIN, itself, 1), [0, 1, 0, 1, 1, 1, 0, 0])


@pytest.mark.parametrize("top", [1, 3, 20])
@pytest.mark.parametrize("by_content", [False, True])
def test_the_votes_are_those_without_the_interaction(by_content, top):
    rng = np.random.default_rng(top)
    train = sp.csr_matrix((rng.random((12, 9)) < 0.3).astype(np.float32))
    links = np.triu(rng.random((9, 9)) < 0.3, 1)
    # Video 4 lacks the modality.
    links[4] = links[:, 4] = False
    graph = sp.csr_matrix((links | links.T).astype(np.float32))
    alike = alike_videos(graph) if by_content else sp.identity(9, np.float32, format="csr")
    expected = []
    for user, video in zip(*train.nonzero(), strict=True):
        others = train.tolil()
        others[user, video] = 0
        others = sp.csr_matrix(others)
        if by_content:
            similarity = user_video_modality_video_user(others, graph, top)[[user]].toarray()[0]
        else:
            similarity = user_video_user(others, top)[[user]].toarray()[0]
        votes = similarity @ train[:, [video]].toarray()[:, 0]
        expected.append(votes / similarity.sum() if similarity.any() else 0.0)
    np.testing.assert_allclose(held_out_votes(train, alike, top), expected, rtol=1e-5)
