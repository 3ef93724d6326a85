"""How similar items are to what a user has interacted with, by content alone."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.evaluation.scoring import ScoreFn


def content_similarities(modality: Modality, train_items: np.ndarray) -> np.ndarray:
    """Cosine of each item's features with the mean features of a user's training items.

    A training item is compared with the mean of the others: it would resemble a mean that it is
    part of, whatever the user likes. Features are those that models see.

    Args:
      modality: the features.
      train_items: integer (n,), the user's training items, each once.

    Returns:
      float64 (V,); NaN for an item without the modality or with zero features, and where there is
      no other training item to compare with.
    """
    features = modality.features.astype(np.float64)
    liked = train_items[modality.present[train_items]]
    # The mean has the direction of the sum.
    total = features[liked].sum(axis=0)
    products, lengths = features @ total, np.full(len(features), np.linalg.norm(total))
    others = total - features[liked]
    products[liked] = np.einsum("nf,nf->n", others, features[liked])
    lengths[liked] = np.linalg.norm(others, axis=1) if len(liked) > 1 else 0.0
    lengths *= np.linalg.norm(features, axis=1)
    defined = modality.present & (lengths > 0)
    return np.divide(products, lengths, out=np.full(len(features), np.nan), where=defined)


def mean_cosines(modalities: Sequence[Modality], train: sp.csr_matrix) -> ScoreFn:
    """Content kNN without a cut-off: the baseline for items without interactions.

    Args:
      modalities: features of all V items.
      train: CSR (U, V).

    Returns:
      Scores of user rows (b,), float32 (b, V): the sum over modalities of the mean cosine of an
      item's features with those of the user's training items, items without the modality counting
      as 0.
    """
    directions = [_directions(modality.features) for modality in modalities]
    degrees = np.maximum(train.getnnz(axis=1), 1).astype(np.float32)
    profiles = [(train @ rows) / degrees[:, None] for rows in directions]

    def scores(users: np.ndarray) -> np.ndarray:
        parts = zip(profiles, directions, strict=True)
        return sum(profile[users] @ rows.T for profile, rows in parts).astype(np.float32)

    return scores


def _directions(features: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(features, axis=1, keepdims=True)
    return np.divide(features, norms, out=np.zeros_like(features), where=norms > 0)
