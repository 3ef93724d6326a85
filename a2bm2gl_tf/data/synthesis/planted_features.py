"""Content features of generated items: partial, noisy views of what each item is like."""

import numpy as np

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.data.synthesis.planted_preferences import NUM_FACTORS

_MISSING_SHARE = 0.04
_NOISE = 0.5

# Name, width, the factors it sees, and whether it sees them through a non-linearity. Each view
# misses most factors; neighbouring views overlap, so fusing modalities pays but none is redundant.
_VIEWS = (
    ("visual", 64, slice(0, 6), True),
    ("acoustic", 32, slice(4, 9), False),
    ("textual", 48, slice(7, 12), False),
)


def draw_features(factors: np.ndarray, rng: np.random.Generator) -> tuple[Modality, ...]:
    """Draws the three modalities of generated items.

    A modality is a random projection of some of the factors, through tanh for "visual", plus normal
    noise of deviation 0.5. Of every modality floor(4%) of the items, drawn at random, lack it.

    Args:
      factors: float64 (V, 12).
      rng: source of randomness.

    Returns:
      "visual" (64 wide), "acoustic" (32) and "textual" (48).
    """
    return tuple(_draw_view(name, *view, factors, rng) for name, *view in _VIEWS)


def _draw_view(
    name: str,
    width: int,
    seen: slice,
    nonlinear: bool,
    factors: np.ndarray,
    rng: np.random.Generator,
) -> Modality:
    view = PlantedView(width, seen, nonlinear, rng)
    noisy = view.rows(factors, rng)
    present = draw_presence(len(factors), rng)
    features = np.where(present[:, None], noisy, 0).astype(np.float32)
    return Modality(name, features, present)


class PlantedView:
    """One modality's view of the factors: a fixed random projection, and noise that is drawn."""

    def __init__(self, width: int, seen: slice, nonlinear: bool, rng: np.random.Generator) -> None:
        """Draws the projection.

        Args:
          width: feature width f.
          seen: the factors that the modality sees.
          nonlinear: pass the projection through tanh.
          rng: source of randomness.
        """
        self._seen = seen
        self._nonlinear = nonlinear
        num_seen = len(range(*seen.indices(NUM_FACTORS)))
        self._projection = rng.standard_normal((num_seen, width)) / np.sqrt(num_seen)

    def rows(self, factors: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Features of some items, float64 (b, f), from their factors, (b, 12)."""
        signal = factors[:, self._seen] @ self._projection
        if self._nonlinear:
            signal = np.tanh(signal)
        return signal + _NOISE * rng.standard_normal(signal.shape)


def draw_presence(num_items: int, rng: np.random.Generator) -> np.ndarray:
    """Which items have a modality, bool (V,): all but floor(4%), drawn at random."""
    return rng.permutation(num_items) >= int(_MISSING_SHARE * num_items)
