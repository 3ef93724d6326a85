"""Content features of generated items: partial, noisy views of what each item is like."""

import numpy as np

from a2bm2gl_tf.data.features.modality import Modality

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
    visible = factors[:, seen]
    projection = rng.standard_normal((visible.shape[1], width)) / np.sqrt(visible.shape[1])
    signal = visible @ projection
    if nonlinear:
        signal = np.tanh(signal)
    noisy = signal + _NOISE * rng.standard_normal(signal.shape)
    present = rng.permutation(len(factors)) >= int(_MISSING_SHARE * len(factors))
    features = np.where(present[:, None], noisy, 0).astype(np.float32)
    return Modality(name, features, present)
