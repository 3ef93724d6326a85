"""A linear map from features to embeddings: what content alone does not make of an item's."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.preparation.random_streams import random_stream
from a2bm2gl_tf.models.new_item_encoder import NewItemEncoder

# Ridges tried, as multiples of the weighted mean square of a column.
RIDGES = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
# Items a map is fitted to; the decomposition takes O(n f min(n, f)) for all modalities' f columns.
MOST_ITEMS = 20_000


class Regression:
    r"""Ridge regressions from the known items' features to vectors of theirs, one a ridge.

      min_M sum_v a_v |t_v - t - (x_v - x) M|^2 + ridge |M|^2,    a_v proportional to sqrt(n_v)

    x_v holds all modalities side by side, n_v counts the item's training interactions: the vectors
    of items with many are better known, and an item without any has no say. x and t are the
    weighted means. One singular value decomposition serves all ridges.

    Args:
      modalities: features of the known items, scaled.
      wanted: t_v, float32 (V, d).
      counts: n_v, (V,).

    Attributes:
      rows: int (n,), the items that are fitted to.

    Raises:
      ValueError: no item with content has an interaction.
    """

    def __init__(self, modalities: Sequence[Modality], wanted: np.ndarray, counts: np.ndarray):
        usable = np.any([m.present for m in modalities], axis=0) & (counts > 0)
        rows = np.flatnonzero(usable)
        if not len(rows):
            raise ValueError("no item with content has an interaction")
        if len(rows) > MOST_ITEMS:
            rows = np.sort(random_stream(0, 0).choice(rows, MOST_ITEMS, replace=False))
        self.rows = rows
        weights = np.sqrt(counts[rows].astype(np.float64))
        self._weights = weights / weights.mean()
        features = np.concatenate([m.features[rows] for m in modalities], axis=1, dtype=np.float64)
        self._wanted = wanted[rows].astype(np.float64)
        self._mean_features = np.average(features, axis=0, weights=weights)
        self._mean_wanted = np.average(self._wanted, axis=0, weights=weights)
        roots = np.sqrt(self._weights)[:, None]
        self._left, singular, self._right = np.linalg.svd(
            roots * (features - self._mean_features), full_matrices=False
        )
        self._squares = singular**2
        self._singular = singular
        self._unit = max(self._squares.sum() / features.shape[1], np.finfo(np.float64).tiny)
        self._projected = self._left.T @ (roots * (self._wanted - self._mean_wanted))

    def solution(self, ridge: float) -> tuple[np.ndarray, np.ndarray]:
        """M, float64 (f, d), and the bias t - x M, float64 (d,)."""
        shrunk = self._singular / (self._squares + ridge * self._unit)
        slopes = self._right.T @ (shrunk[:, None] * self._projected)
        return slopes, self._mean_wanted - self._mean_features @ slopes

    def left_out(self, ridge: float) -> np.ndarray:
        """What is predicted of each item of `rows` when it alone is left out, float64 (n, d).

        The means are kept, to which the item contributes about 1 / n.
        """
        shrinkage = self._squares / (self._squares + ridge * self._unit)
        roots = np.sqrt(self._weights)[:, None]
        fitted = self._mean_wanted + self._left @ (shrinkage[:, None] * self._projected) / roots
        leverage = np.einsum("ij,j,ij->i", self._left, shrinkage, self._left)
        residuals = (self._wanted - fitted) / np.maximum(1.0 - leverage, 1e-9)[:, None]
        return self._wanted - residuals

    def error(self, ridge: float) -> float:
        """Weighted squares of `left_out` against the wanted, in parts of those against the mean."""
        missed = np.square(self.left_out(ridge) - self._wanted).sum(axis=1)
        spread = np.square(self._wanted - self._mean_wanted).sum(axis=1)
        total = self._weights @ spread
        return float(self._weights @ missed / total) if total > 0 else 0.0


class FeatureMap(NewItemEncoder):
    """x M + bias of `Regression`, with the features of a missing modality as zeros.

    Args:
      modalities: those it was fitted to, for names and widths.
      slopes: M, (f, d).
      bias: (d,).
    """

    def __init__(self, modalities: Sequence[Modality], slopes: np.ndarray, bias: np.ndarray):
        super().__init__(name="feature_map")
        self.modalities = tuple(modality.name for modality in modalities)
        self.widths = tuple(modality.dimension for modality in modalities)
        self._slopes = tf.Variable(slopes.astype(np.float32), trainable=False)
        self._bias = tf.Variable(bias.astype(np.float32), trainable=False)

    def __call__(self, features: Sequence[tf.Tensor], present: Sequence[tf.Tensor]) -> tf.Tensor:
        """See `NewItemEncoder`."""
        there = [
            tf.where(mask[:, tf.newaxis], rows, 0.0)
            for rows, mask in zip(features, present, strict=True)
        ]
        return tf.matmul(tf.concat(there, axis=1), self._slopes) + self._bias
