"""Meta-paths of the micro-video network: users U, videos V, and V-M-V for each modality M.

Two videos are linked by V-M-V where one is among the k nearest of the other in that modality.
Similarity along a meta-path is PathSim (Sun et al., VLDB 2011):

  s(x, y) = 2 paths(x, y) / (paths(x, x) + paths(y, y))
"""

from collections.abc import Iterator

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.graph.knn import cosine_neighbours, neighbours_to_csr
from a2bm2gl_tf.graph.neighbour_lists import strongest_of_rows

# Entries that a block of path counts may have before equal columns are merged (48 MiB).
_BLOCK_ENTRIES = 1 << 22

# What the first place in a list of neighbours adds to an entry of a ranked graph: so little that
# no sum over modalities grows by a whole one.
_NEAREST_BONUS = 1e-3


def modality_graphs(dataset: Dataset, k: int, ranked: bool = False) -> dict[str, sp.csr_matrix]:
    """The relation V-M-V of each modality: cosine neighbours, linked in both directions.

    Args:
      dataset: its modalities.
      k: neighbours that an item lists; the union of both directions may give it more.
      ranked: makes the entries 1 + b (k - p) / k in place of 1, b a thousandth and p = 0 .. k - 1
        the place in the list, the better one of both directions: for choosing the nearest of a row,
        which would go by item number otherwise. Such entries are no weights.

    Returns:
      modality name -> float32 CSR (V, V) of ones, symmetric, sorted indices, empty diagonal; the
      rows of items without the modality are empty.
    """
    graphs = {}
    bonuses = _NEAREST_BONUS * (k - np.arange(k)) / k if ranked else np.zeros(k)
    for modality in dataset.modalities:
        weights = np.ones((1, modality.dimension), np.float32)
        nearest = cosine_neighbours(modality.features, weights, modality.present, k)
        entries = np.broadcast_to((1.0 + bonuses).astype(np.float32), nearest.shape)
        lists = neighbours_to_csr(nearest, entries)
        graphs[modality.name] = _canonical(lists.maximum(lists.T))
    return graphs


def user_video_user(train: sp.csr_matrix, top: int | None) -> sp.csr_matrix:
    """PathSim of users along U-V-U: a path is a video that both have watched.

    Args:
      train: float32 CSR (U, V) of ones.
      top: most similar users that a row keeps, lower rows first among equals; None keeps all.

    Returns:
      float32 CSR (U, U), sorted indices, empty diagonal; symmetric only where `top` is None.
    """
    return _path_similarity(train, train.T.tocsr(), top)


def video_user_video(train: sp.csr_matrix, top: int | None) -> sp.csr_matrix:
    """PathSim of videos along V-U-V: a path is a user who has watched both.

    Args:
      train: float32 CSR (U, V) of ones.
      top: as in `user_video_user`.

    Returns:
      float32 CSR (V, V), as in `user_video_user`.
    """
    return _path_similarity(train.T.tocsr(), train, top)


def user_video_modality_video_user(
    train: sp.csr_matrix, graph: sp.csr_matrix, top: int | None
) -> sp.csr_matrix:
    """PathSim of users along U-V-M-V-U: a path is a pair of videos that are alike in content.

    A video that has the modality is like itself too; otherwise a user need not have a path to
    itself, which PathSim divides by. V-M-V is no product of a relation with its inverse here, so
    that a similarity may exceed 1.

    Args:
      train: float32 CSR (U, V) of ones.
      graph: (V, V) of `modality_graphs`; its entries are not used.
      top: as in `user_video_user`.

    Returns:
      float32 CSR (U, U), as in `user_video_user`.
    """
    return _path_similarity(train, (alike_videos(graph) @ train.T).tocsr(), top)


def alike_videos(graph: sp.csr_matrix) -> sp.csr_matrix:
    """The relation by which `user_video_modality_video_user` goes from video to video.

    Args:
      graph: (V, V) of `modality_graphs`; its entries are not used.

    Returns:
      float32 CSR (V, V) of ones: the graph's links, and a loop at every video that has one.
    """
    linked = np.diff(graph.indptr) > 0
    links = sp.csr_matrix((np.ones_like(graph.data), graph.indices, graph.indptr), graph.shape)
    return (links + sp.diags(linked.astype(np.float32))).tocsr()


def _path_similarity(first: sp.csr_matrix, second: sp.csr_matrix, top: int | None) -> sp.csr_matrix:
    """PathSim where paths(x, y) is the product of `first` (n, m) and `second` (m, n)."""
    # An elementwise product of sparse matrices needs no more than their entries.
    own_paths = np.asarray(first.multiply(second.T.tocsr()).sum(axis=1), np.float32).ravel()
    work = np.concatenate([[0], np.cumsum(first @ np.diff(second.indptr).astype(np.float64))])
    blocks = []
    for start, stop in _blocks(work):
        paths = _canonical(first[start:stop] @ second)
        rows = np.repeat(np.arange(start, stop), np.diff(paths.indptr))
        paths.data *= 2.0 / (own_paths[rows] + own_paths[paths.indices])
        paths.data[paths.indices == rows] = 0.0
        paths.eliminate_zeros()
        blocks.append(paths if top is None else strongest_of_rows(paths, top))
    shape = (first.shape[0], first.shape[0])
    return _canonical(sp.vstack(blocks, format="csr")) if blocks else sp.csr_matrix(shape, "f4")


def _blocks(work: np.ndarray) -> Iterator[tuple[int, int]]:
    """Consecutive ranges of rows of at most `_BLOCK_ENTRIES` entries each, or of one row."""
    start, num_rows = 0, len(work) - 1
    while start < num_rows:
        within = np.searchsorted(work, work[start] + _BLOCK_ENTRIES, side="right") - 1
        stop = min(max(int(within), start + 1), num_rows)
        yield start, stop
        start = stop


def _canonical(matrix: sp.spmatrix) -> sp.csr_matrix:
    canonical = sp.csr_matrix(matrix, dtype=np.float32)
    canonical.sum_duplicates()
    return canonical
