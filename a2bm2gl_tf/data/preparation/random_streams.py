"""Independent streams of random numbers from one seed, one a purpose."""

import numpy as np

# NumPy does not tell the seed alone, the stream of the random split, from purpose 0.
_PURPOSES = ("split", "users", "items", "interactions", "folds", "validation", "cold_items")


def stream(seed: int, purpose: str) -> np.random.Generator:
    """The random numbers of one purpose; they do not change with what other purposes draw.

    Args:
      seed: non-negative integer.
      purpose: "split", "users", "items", "interactions", "folds", "validation" or "cold_items".
    """
    return random_stream(seed, _PURPOSES.index(purpose))


def random_stream(seed: int, purpose: int) -> np.random.Generator:
    """The stream of a seed and a number; what one purpose draws never shifts another's numbers.

    Args:
      seed: non-negative integer.
      purpose: 0 or more; 0 is the stream of the seed alone.
    """
    # PCG64 by name: default_rng may change its generator between NumPy releases.
    return np.random.Generator(np.random.PCG64([seed, purpose]))
