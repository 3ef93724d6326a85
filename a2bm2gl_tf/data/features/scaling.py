"""Scaling of item features, from the rows that are there."""

import dataclasses

import numpy as np

from a2bm2gl_tf.data.features.modality import Modality

SCALINGS = ("none", "zscore", "l2", "zscore_l2")


@dataclasses.dataclass(frozen=True)
class ColumnStatistics:
    """What "zscore" subtracts and divides by; all that scaling needs to know of other items.

    Attributes:
      mean: float64 (f,).
      deviation: float64 (f,), population standard deviation; exactly 0 for a constant column.
    """

    mean: np.ndarray
    deviation: np.ndarray


def scale_modality(modality: Modality, scaling: str) -> Modality:
    """Scales the features of one modality.

    Statistics come from the present rows alone, in float64. Missing rows stay zero.

    Args:
      modality: the modality, features float32 (V, f).
      scaling: "none"; "zscore" centres each column and divides it by its (population) standard
        deviation, a constant column becoming zero; "l2" divides each row by its Euclidean norm, a
        zero row staying zero; "zscore_l2" does the one, then the other.

    Returns:
      A new modality with float32 features; the given one is left as it is.

    Raises:
      ValueError: if `scaling` is none of these.
    """
    if scaling not in SCALINGS:
        raise ValueError(f"unknown scaling {scaling!r}")
    if scaling == "none" or not modality.present.any():
        return modality
    rows = modality.features[modality.present]
    features = np.zeros_like(modality.features)
    features[modality.present] = scale_rows(rows, scaling, column_statistics(rows, scaling))
    return dataclasses.replace(modality, features=features)


def column_statistics(rows: np.ndarray, scaling: str) -> ColumnStatistics | None:
    """Statistics that a scaling takes from the rows it is fitted to.

    Args:
      rows: float32 (n, f) of the items that have the modality; n at least 1.
      scaling: one of `SCALINGS`.

    Returns:
      The statistics, or None if the scaling looks at each row by itself.
    """
    if "zscore" not in scaling:
        return None
    rows = rows.astype(np.float64)
    # Equality of extremes finds constant columns exactly; a rounded deviation need not be zero.
    constant = rows.max(axis=0) == rows.min(axis=0)
    return ColumnStatistics(rows.mean(axis=0), np.where(constant, 0.0, rows.std(axis=0)))


def scale_rows(rows: np.ndarray, scaling: str, statistics: ColumnStatistics | None) -> np.ndarray:
    """Scales rows by given statistics, which may come from other items.

    Args:
      rows: float32 (n, f).
      scaling: one of `SCALINGS`.
      statistics: of `column_statistics` with the same scaling.

    Returns:
      float32 (n, f).
    """
    rows = rows.astype(np.float64)
    if statistics is not None:
        constant = statistics.deviation == 0
        deviation = np.where(constant, 1.0, statistics.deviation)
        rows = np.where(constant, 0.0, (rows - statistics.mean) / deviation)
    if "l2" in scaling:
        norm = np.linalg.norm(rows, axis=1, keepdims=True)
        rows = rows / np.where(norm > 0, norm, 1.0)
    return rows.astype(np.float32)
