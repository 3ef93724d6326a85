"""Content features of the items in one modality."""

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Modality:
    """One modality of every item (the paper's X^(vis), X^(text), ...).

    Attributes:
      name: short identifier, e.g. "visual"; letters, digits and underscores.
      features: float32 (V, f). Rows of items that lack the modality are all zero.
      present: bool (V,). False where the item's feature is missing.
    """

    name: str
    features: np.ndarray
    present: np.ndarray

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
