"""How similar items are to what a user has interacted with, by content alone."""

import numpy as np

from a2bm2gl_tf.data.features.modality import Modality


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
