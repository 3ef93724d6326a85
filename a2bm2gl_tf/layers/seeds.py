"""Independent seeds for the initialisers of one model."""

import numpy as np


def derived_seed(seed: int, stream: int) -> int:
    """An integer seed for a purpose, so that equal shapes do not start from equal values.

    Args:
      seed: the model's integer seed, 0 or more.
      stream: the number of the purpose, 0 or more.
    """
    return int(np.random.default_rng([seed, stream]).integers(2**31))
