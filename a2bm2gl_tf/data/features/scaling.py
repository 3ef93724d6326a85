"""Scaling of item features, from the rows that are there."""

import dataclasses

import numpy as np

from a2bm2gl_tf.data.features.modality import Modality

SCALINGS = ("none", "zscore", "l2", "zscore_l2")


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
    rows = modality.features[modality.present].astype(np.float64)
    if "zscore" in scaling:
        rows = _standardise_columns(rows)
    if "l2" in scaling:
        rows = _normalise_rows(rows)
    features = np.zeros_like(modality.features)
    features[modality.present] = rows
    return dataclasses.replace(modality, features=features)


def _standardise_columns(rows: np.ndarray) -> np.ndarray:
    # Equality of extremes finds constant columns exactly; a rounded deviation need not be zero.
    constant = rows.max(axis=0) == rows.min(axis=0)
    deviation = np.where(constant, 1.0, rows.std(axis=0))
    return np.where(constant, 0.0, (rows - rows.mean(axis=0)) / deviation)


def _normalise_rows(rows: np.ndarray) -> np.ndarray:
    norm = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norm > 0, norm, 1.0)
