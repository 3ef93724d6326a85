"""Content features of the items in one modality."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class ColumnStatistics:
    """What "zscore" subtracts and divides by; all that scaling needs to know of other items.

    Attributes:
      mean: float64 (f,).
      deviation: float64 (f,), population standard deviation; exactly 0 for a constant column.
    """

    mean: np.ndarray
    deviation: np.ndarray


@dataclasses.dataclass(frozen=True)
class RowScaling:
    """How rows as they come were scaled; items to come are scaled alike.

    Attributes:
      name: one of `scaling.SCALINGS`.
      statistics: what the scaling took from the rows it was fitted to; None where it looks at each
        row by itself.
    """

    name: str = "none"
    statistics: ColumnStatistics | None = None


@dataclasses.dataclass(frozen=True)
class Modality:
    """One modality of every item (the paper's X^(vis), X^(text), ...).

    Attributes:
      name: short identifier, e.g. "visual"; letters, digits and underscores.
      features: float32 (V, f). Rows of items that lack the modality are all zero.
      present: bool (V,). False where the item's feature is missing.
      scaling: what made `features` of the rows as they came.
    """

    name: str
    features: np.ndarray
    present: np.ndarray
    scaling: RowScaling = RowScaling()

    @property
    def dimension(self) -> int:
        """Feature width f."""
        return self.features.shape[1]

    @property
    def typical_norm(self) -> float:
        """Root mean square norm of the present rows; 1 where they are none, or all zero."""
        squares = np.square(self.features[self.present]).sum(axis=1)
        norm = float(np.sqrt(squares.mean())) if len(squares) else 1.0
        return norm if norm > 0 else 1.0
