"""Scaling of item features, from the rows that are there."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from a2bm2gl_tf.data.features.modality import ColumnStatistics, Modality, RowScaling

SCALINGS = ("none", "zscore", "l2", "zscore_l2")

# Numbers held in float64 at one time (32 MiB).
_BLOCK_ELEMENTS = 4 * 1024 * 1024


def statistic_names(scaling: str) -> tuple[str, ...]:
    """Names of the fields of `ColumnStatistics` that a scaling needs; none where it needs none."""
    if "zscore" not in scaling:
        return ()
    return tuple(field.name for field in dataclasses.fields(ColumnStatistics))


def row_scaling(scaling: str, statistics: Mapping[str, np.ndarray]) -> RowScaling:
    """A scaling from the statistics that were kept of it.

    Args:
      scaling: one of `SCALINGS`.
      statistics: name -> float64 (f,), those of `statistic_names`; none where no item was there.
    """
    return RowScaling(scaling, ColumnStatistics(**statistics) if statistics else None)


def scale_modality(modality: Modality, scaling: str) -> Modality:
    """Scales the features of one modality; see `fit_scaling`."""
    return fit_scaling(modality, scaling)[0]


def fit_scaling(modality: Modality, scaling: str) -> tuple[Modality, ColumnStatistics | None]:
    """Scales the features of one modality, and hands back the statistics that it was scaled with.

    Statistics come from the present rows alone, in float64. Missing rows stay zero.

    Args:
      modality: the modality, features float32 (V, f).
      scaling: "none"; "zscore" centres each column and divides it by its (population) standard
        deviation, a constant column becoming zero; "l2" divides each row by its Euclidean norm, a
        zero row staying zero; "zscore_l2" does the one, then the other.

    Returns:
      A new modality with float32 features, the given one being left as it is; and the statistics,
      None if the scaling looks at each row by itself or no row is present.

    Raises:
      ValueError: if `scaling` is none of these.
    """
    if scaling not in SCALINGS:
        raise ValueError(f"unknown scaling {scaling!r}")
    if scaling == "none" or not modality.present.any():
        return modality, None
    rows = modality.features
    if not modality.present.all():
        rows = rows[modality.present]
    statistics = column_statistics(rows, scaling)
    scaled = scale_rows(rows, scaling, statistics)
    if len(scaled) == len(modality.features):
        return _scaled(modality, scaled, scaling, statistics), statistics
    features = np.zeros_like(modality.features)
    features[modality.present] = scaled
    return _scaled(modality, features, scaling, statistics), statistics


def _scaled(
    modality: Modality, features: np.ndarray, scaling: str, statistics: ColumnStatistics | None
) -> Modality:
    return dataclasses.replace(modality, features=features, scaling=RowScaling(scaling, statistics))


def column_statistics(rows: np.ndarray, scaling: str) -> ColumnStatistics | None:
    """Statistics that a scaling takes from the rows it is fitted to.

    Args:
      rows: float32 (n, f) of the items that have the modality; n at least 1.
      scaling: one of `SCALINGS`.

    Returns:
      The statistics, or None if the scaling looks at each row by itself.
    """
    if not statistic_names(scaling):
        return None
    mean = _column_sums(rows, lambda block: block) / len(rows)
    variance = _column_sums(rows, lambda block: np.square(block - mean)) / len(rows)
    # Equality of extremes finds constant columns exactly; a rounded deviation need not be zero.
    constant = rows.max(axis=0) == rows.min(axis=0)
    return ColumnStatistics(mean, np.where(constant, 0.0, np.sqrt(variance)))


def scale_rows(rows: np.ndarray, scaling: str, statistics: ColumnStatistics | None) -> np.ndarray:
    """Scales rows by given statistics, which may come from other items.

    Args:
      rows: float32 (n, f).
      scaling: one of `SCALINGS`.
      statistics: of `column_statistics` with the same scaling.

    Returns:
      float32 (n, f).
    """
    scaled = np.empty(rows.shape, np.float32)
    for block in _blocks(rows):
        scaled[block] = _scale_block(rows[block].astype(np.float64), scaling, statistics)
    return scaled


def _scale_block(rows: np.ndarray, scaling: str, statistics: ColumnStatistics | None) -> np.ndarray:
    if statistics is not None:
        constant = statistics.deviation == 0
        deviation = np.where(constant, 1.0, statistics.deviation)
        rows = np.where(constant, 0.0, (rows - statistics.mean) / deviation)
    if "l2" in scaling:
        norm = np.linalg.norm(rows, axis=1, keepdims=True)
        rows = rows / np.where(norm > 0, norm, 1.0)
    return rows


def _column_sums(rows: np.ndarray, function: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """Sums of a function of the rows, float64 (f,), added row after row whatever the blocks."""
    total = np.zeros(rows.shape[1])
    for block in _blocks(rows):
        terms = function(rows[block].astype(np.float64))
        total = np.add.reduce(np.concatenate([total[None], terms]), axis=0)
    return total


def _blocks(rows: np.ndarray) -> Iterator[slice]:
    size = max(1, _BLOCK_ELEMENTS // rows.shape[1])
    for start in range(0, len(rows), size):
        yield slice(start, start + size)
