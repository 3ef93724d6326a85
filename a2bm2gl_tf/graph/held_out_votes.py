"""Votes of similar users on what a user has watched, as if the user had not watched it."""

import numba
import numpy as np
import scipy.sparse as sp

# Compiled code is kept beside the package, or in the user's cache where that is not writable.
_compiled = numba.njit(nogil=True, cache=True)


def held_out_votes(train: sp.csr_matrix, alike: sp.csr_matrix, top: int) -> np.ndarray:
    r"""What users similar to u vote on v, for every interaction (u, v), without that interaction.

      r_uv = sum_w S_uw x_wv / sum_w S_uw    over the `top` users w most similar to u

    S is the PathSim of users with paths(x, y) = x A y^T, x being the videos of a user (see
    `meta_paths`). Once v is left out, u has

      paths'(u, w) = paths(u, w) - a_v w^T,   paths'(u, u) = paths(u, u) - 2 a_v u^T + A_vv

    with row a_v of A, and all other users have the paths to themselves that they had. The result is
    exact, the choice of the most similar users included; an interaction takes one pass over the
    users that have a path to u.

    Args:
      train: float32 CSR (U, V) of ones.
      alike: A, float32 CSR (V, V), symmetric, of ones.
      top: users that vote, lower rows first among equally similar ones.

    Returns:
      float32 (nnz,), in the order of `train`; 0 where no similar user is left.
    """
    by_video = train.T.tocsr()
    paths = (alike @ by_video).tocsr()
    # An elementwise product of sparse matrices needs no more than their entries.
    own_paths = np.asarray(train.multiply(paths.T.tocsr()).sum(axis=1), np.float32).ravel()
    votes = np.zeros(train.nnz, np.float32)
    _vote(
        (train.indptr, train.indices),
        (by_video.indptr, by_video.indices),
        (paths.indptr, paths.indices, paths.data.astype(np.float32)),
        own_paths,
        alike.diagonal().astype(np.float32),
        min(top, train.shape[0]),
        votes,
    )
    return votes


@_compiled
def _vote(by_user, by_video, paths, own_paths, self_paths, top, votes):
    """Fills `votes`; `paths` are the rows of A X^T, from videos to users."""
    indptr, videos = by_user
    viewer_indptr, viewers = by_video
    of_user = np.zeros(len(own_paths), np.float32)
    of_video = np.zeros(len(own_paths), np.float32)
    watched = np.zeros(len(own_paths), np.bool_)
    similarities = np.empty(top, np.float32)
    approvals = np.empty(top, np.bool_)
    for user in range(len(own_paths)):
        edges = range(indptr[user], indptr[user + 1])
        for edge in edges:
            _spread(paths, videos[edge], of_user, np.float32(1.0))
        others = np.flatnonzero(of_user)
        for edge in edges:
            video = videos[edge]
            _spread(paths, video, of_video, np.float32(1.0))
            watched[viewers[viewer_indptr[video] : viewer_indptr[video + 1]]] = True
            own = own_paths[user] - np.float32(2.0) * of_video[user] + self_paths[video]
            size = 0
            for other in others:
                left = of_user[other] - of_video[other]
                if left > 0 and other != user:
                    # Rounded as `meta_paths` does it, where equals would differ otherwise.
                    similarity = left * (np.float32(2.0) / (own + own_paths[other]))
                    if size < top or similarity > similarities[size - 1]:
                        size = min(size + 1, top)
                        _insert(similarities[:size], approvals[:size], similarity, watched[other])
            approved, total = 0.0, 0.0
            for place in range(size):
                total += similarities[place]
                approved += similarities[place] * approvals[place]
            if size:
                votes[edge] = approved / total
            _spread(paths, video, of_video, np.float32(-1.0))
            watched[viewers[viewer_indptr[video] : viewer_indptr[video + 1]]] = False
        of_user[others] = 0.0


@_compiled
def _spread(paths, video, counts, times):
    """Adds `times` the paths from a video to `counts`, float32 (U,)."""
    indptr, users, numbers = paths
    for place in range(indptr[video], indptr[video + 1]):
        counts[users[place]] += times * numbers[place]


@_compiled
def _insert(similarities, approvals, similarity, approval):
    """Puts an entry into a descending list, behind its equals; the last place is overwritten."""
    place = len(similarities) - 1
    while place > 0 and similarities[place - 1] < similarity:
        similarities[place], approvals[place] = similarities[place - 1], approvals[place - 1]
        place -= 1
    similarities[place], approvals[place] = similarity, approval
