"""Telling whether a modality's columns still mean what they meant in another run."""

from typing import NamedTuple

import numpy as np

from a2bm2gl_tf.data.features.modality import Modality

# Enough items to tell features that were encoded anew from those that are the same.
_SAMPLED_ITEMS = 64


class ModalitySample(NamedTuple):
    """Some items' features, by which the same modality is recognised in other data.

    Attributes:
      name: the modality's.
      width: its number of columns.
      items: int64 (n,) rows of items that have the modality.
      features: float32 (n, width).
    """

    name: str
    width: int
    items: np.ndarray
    features: np.ndarray

    @classmethod
    def of(cls, modality: Modality) -> "ModalitySample":
        """Of at most 64 items, spread over the catalogue: some are likely to be there later on."""
        having = np.flatnonzero(modality.present)
        places = np.linspace(0, max(len(having) - 1, 0), _SAMPLED_ITEMS).astype(np.int64)
        items = having[np.unique(places)[: len(having)]].astype(np.int64)
        features = np.asarray(modality.features[items], np.float32)
        return cls(modality.name, modality.dimension, items, features)

    def likeness(self, modality: Modality, item_rows: np.ndarray) -> float:
        """Mean cosine of then and now over the sampled items that are still there.

        Args:
          modality: as it is now, as wide as it was.
          item_rows: int64 (V,), for each item now its row then, or -1.

        Returns:
          1 where no sampled item is there any more.
        """
        now_of_then = dict(zip(item_rows.tolist(), range(len(item_rows)), strict=True))
        rows = np.array([now_of_then.get(item, -1) for item in self.items.tolist()], np.int64)
        there = (rows >= 0) & modality.present[rows]
        if not there.any():
            return 1.0
        before, now = self.features[there], modality.features[rows[there]]
        norms = np.linalg.norm(before, axis=1) * np.linalg.norm(now, axis=1)
        products = np.einsum("nd,nd->n", before, now)
        # Features that are all 0 then or now say nothing.
        return float(np.where(norms > 0, products / np.maximum(norms, 1e-30), 1.0).mean())
