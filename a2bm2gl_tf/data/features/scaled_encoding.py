"""Scaling of encoded content, recorded so that items to come can be scaled alike."""

import dataclasses
import hashlib
from typing import Any

import numpy as np

from a2bm2gl_tf.data.features.encoding import Encoded
from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.features.scaling import (
    ColumnStatistics,
    fit_scaling,
    scale_rows,
    statistic_names,
)


@dataclasses.dataclass(frozen=True)
class ScaledRows:
    """Scaled rows, and everything needed to scale another row the same way.

    Attributes:
      rows: float32 (n, f); zero where not present.
      parameters: for the manifest: {"scaling": name, "fitted_rows": n, "statistics": {name:
        {"shape": [f], "sha256": hash}}}; small whatever f is.
      statistics: name -> float64 array to be kept beside the features (.npy), hashed in
        `parameters`: "mean" and "deviation" for "zscore" and "zscore_l2", none otherwise.
    """

    rows: np.ndarray
    parameters: dict[str, Any]
    statistics: dict[str, np.ndarray]


def scale_encoded(encoded: Encoded, scaling: str) -> ScaledRows:
    """Scales encoded content with `scaling.fit_scaling`, and says how.

    Args:
      encoded: rows float32 (n, f), some present.
      scaling: one of `scaling.SCALINGS`.

    Returns:
      The scaled rows, parameters and statistics.

    Raises:
      ValueError: if `scaling` is none of those.
    """
    scaled, found = fit_scaling(Modality(encoded.name, encoded.rows, encoded.present), scaling)
    statistics = {name: getattr(found, name) for name in statistic_names(scaling)}
    parameters = {
        "scaling": scaling,
        "fitted_rows": int(encoded.present.sum()),
        "statistics": {
            name: {"shape": list(values.shape), "sha256": hash_array(values)}
            for name, values in statistics.items()
        },
    }
    return ScaledRows(scaled.features, parameters, statistics)


def scale_new_rows(
    rows: np.ndarray, parameters: dict[str, Any], statistics: dict[str, np.ndarray]
) -> np.ndarray:
    """Scales rows of items that the scaling was not fitted to.

    Args:
      rows: float32 (m, f), unscaled, all present.
      parameters: of `ScaledRows`.
      statistics: of `ScaledRows`, as kept.

    Returns:
      float32 (m, f); for a row that was among those fitted to, the same bytes as then.

    Raises:
      ValueError: if a statistic is missing or not the one that `parameters` names.
    """
    for name, entry in parameters["statistics"].items():
        if name not in statistics or hash_array(statistics[name]) != entry["sha256"]:
            raise ValueError(f"{name} is not the one that the features were scaled with")
    found = ColumnStatistics(**statistics) if statistics else None
    return scale_rows(rows, parameters["scaling"], found)


def hash_array(values: np.ndarray) -> str:
    """SHA-256 of an array's numbers as little-endian float64, in C order."""
    return hashlib.sha256(np.ascontiguousarray(values, "<f8").tobytes()).hexdigest()
