"""Which settings the trials of a method's tuning have."""

import math
import zlib
from typing import Any

import numpy as np

from a2bm2gl_tf.comparison.digest import digest_of
from a2bm2gl_tf.methods.method import Method


def draw_trials(method: Method, budget: int, seed: int) -> tuple[dict[str, Any], ...]:
    """The settings of a method's trials: its defaults, then draws from its grid.

    The draws are without repetition, and none has the effect of the defaults; a method whose grid
    is smaller than the budget runs all of it. A larger budget begins with the trials of a smaller
    one, so raising it later repeats nothing.

    Args:
      method: its `search` is the grid.
      budget: most trials, at least 1.
      seed: integer seed of the draws; each method has a stream of its own.

    Returns:
      Flag name -> value of each trial; {} for the first.
    """
    names = list(method.search)
    choices = [list(method.search[name]) for name in names]
    size = math.prod(map(len, choices))
    rng = np.random.default_rng([seed, zlib.crc32(method.name.encode())])
    trials, known = [{}], {digest_of(method.fit_settings())}
    for row in rng.permutation(size):
        if len(trials) == budget:
            break
        places = np.unravel_index(row, [len(values) for values in choices]) if names else ()
        values = {n: c[p] for n, c, p in zip(names, choices, places, strict=True)}
        effect = digest_of(method.fit_settings(**values))
        if effect not in known:
            known.add(effect)
            trials.append(values)
    return tuple(trials)
