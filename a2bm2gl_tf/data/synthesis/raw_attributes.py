"""Ids, groups, times and grades of generated records, as raw files carry them."""

import numpy as np

from a2bm2gl_tf.data.synthesis.planted_preferences import PlantedPreferences

_ID_SPREAD = 5
_CANDIDATES = 16
_GROUP_ZIPF_SHIFT = 10.0
_MOST_SESSIONS = 12
_SESSION_SECONDS = 1800


def draw_ids(count: int, rng: np.random.Generator) -> np.ndarray:
    """Distinct ids, int64 (count,), sparse (one of five numbers from 1 is in use) and unordered."""
    return rng.permutation(_ID_SPREAD * count)[:count] + 1


def draw_groups(
    preferences: PlantedPreferences, num_groups: int, rng: np.random.Generator
) -> np.ndarray:
    """Sorts items into groups of alike items, such as those of one author or with one song.

    A group is like a random item, its pattern. An item looks at 16 groups, drawn by a shifted Zipf
    law, and joins the one whose pattern's factors have the largest product with its own.

    Args:
      preferences: of V items.
      num_groups: groups to choose from; not all need occur.
      rng: source of randomness.

    Returns:
      int64 (V,), the group of each item.
    """
    num_items = len(preferences.genres)
    patterns = preferences.factors[rng.integers(num_items, size=num_groups)]
    patterns = patterns / np.linalg.norm(patterns, axis=1, keepdims=True)
    weights = np.cumsum(1 / (_GROUP_ZIPF_SHIFT + np.arange(num_groups)))
    draws = weights[-1] * rng.random((num_items, _CANDIDATES))
    candidates = np.minimum(np.searchsorted(weights, draws), num_groups - 1)
    likeness = np.einsum("vf,vcf->vc", preferences.factors, patterns[candidates])
    return candidates[np.arange(num_items), likeness.argmax(axis=1)]


def draw_times(
    users: np.ndarray, num_users: int, start: int, end: int, rng: np.random.Generator
) -> np.ndarray:
    """Times of records: users come in up to 12 sessions of half an hour.

    Args:
      users: integer (n,), the user's row of each record.
      num_users: U.
      start: first second that may occur.
      end: the second after the last.
      rng: source of randomness.

    Returns:
      float64 (n,), seconds with a fraction, from `start` to `end`.
    """
    last_start = max(start, end - _SESSION_SECONDS - 1)
    sessions = rng.uniform(start, last_start, size=(num_users, _MOST_SESSIONS))
    num_sessions = rng.integers(1, _MOST_SESSIONS + 1, size=num_users)
    session = (rng.random(len(users)) * num_sessions[users]).astype(np.int64)
    span = min(_SESSION_SECONDS, end - start - 1)
    return sessions[users, session] + span * rng.random(len(users))


def standardised_affinity(
    users: np.ndarray, items: np.ndarray, preferences: PlantedPreferences
) -> np.ndarray:
    """The taste of users for items, float32 (n,), of mean 0 and deviation 1 over the pairs."""
    affinity = np.empty(len(users), np.float32)
    block = 2**18
    for start in range(0, len(users), block):
        rows = slice(start, start + block)
        affinity[rows] = preferences.affinity(users[rows], items[rows])
    affinity -= affinity.mean()
    return affinity / max(affinity.std(), np.finfo(np.float32).tiny)


def happens(rate: float, affinity: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rare signals such as a like, bool (n,).

    Args:
      rate: chance at an affinity of 0, below 1; each deviation of affinity doubles it.
      affinity: (n,), standardised.
      rng: source of randomness.
    """
    return rng.random(len(affinity)) < rate * np.exp2(affinity)
