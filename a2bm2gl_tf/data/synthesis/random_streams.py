"""Independent streams of random numbers, one a purpose."""

import numpy as np


def random_stream(seed: int, purpose: int) -> np.random.Generator:
    """The stream of a seed and a purpose; what one purpose draws never shifts another's numbers.

    Args:
      seed: 0 or more.
      purpose: 1 or more; NumPy does not tell purpose 0 from the seed alone, which is the split's.
    """
    # PCG64 by name: default_rng may change its generator between NumPy releases.
    return np.random.Generator(np.random.PCG64([seed, purpose]))
