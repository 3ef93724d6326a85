"""Items of similar content, all modalities taken together."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.graph.knn import cosine_neighbours, neighbours_to_csr, unit_vectors


def content_neighbours(
    modalities: Sequence[Modality], num_items: int, k: int, method: str = "exact"
) -> sp.csr_matrix:
    r"""The k items of most similar content, s_ij = sum_m cos(x_i^m, x_j^m) / sqrt(n_i n_j).

    n_i counts the modalities that item i has. Where both have all M this is the mean of the
    cosines; a modality that only one of them has adds nothing. Similarities of 0 or less are left
    out.

    Args:
      modalities: any number of them.
      num_items: V.
      k: most neighbours an item.
      method: one of `knn.KNN_METHODS`.

    Returns:
      float32 CSR (V, V), sorted indices, similarities in (0, 1]; row i holds the neighbours of i.
    """
    if not modalities:
        return sp.csr_matrix((num_items, num_items), dtype=np.float32)
    directions = np.concatenate(
        [unit_vectors(m.features * m.present[:, None], _one_head(m.dimension)) for m in modalities],
        axis=1,
    )
    vectors = unit_vectors(directions, _one_head(directions.shape[1]))
    lists = cosine_neighbours(vectors, _one_head(vectors.shape[1]), vectors.any(axis=1), k, method)
    similarities = np.zeros(lists.shape, np.float32)
    # One place of the lists at a time: all together they would take k times the features.
    for place in range(k):
        of_place = np.einsum("vf,vf->v", vectors, vectors[lists[:, place]])
        similarities[:, place] = np.where(lists[:, place] >= 0, of_place, 0)
    neighbours = neighbours_to_csr(
        np.where(similarities > 0, lists, -1), np.minimum(similarities, 1)
    )
    return neighbours


def _one_head(width: int) -> np.ndarray:
    return np.ones((1, width), np.float32)
