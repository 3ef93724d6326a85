"""Drawing who has what when the degrees of users and of items are both given.

Where most items occur once, items cannot be drawn user by user: most would never occur. Here the
degrees come first; a Markov chain over all graphs that have them then moves towards taste.
"""

import numpy as np

from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.data.synthesis.planted_preferences import PlantedPreferences

_SWEEPS = 200
_REPAIR_ROUNDS = 1000


def draw_item_degrees(
    total: int, popularity: np.ndarray, largest: int, rng: np.random.Generator
) -> np.ndarray:
    """Gives every item one interaction and shares the others by popularity.

    Args:
      total: sum to reach, from V to V * largest.
      popularity: float64 (V,), positive weights.
      largest: most interactions of an item.
      rng: source of randomness.

    Returns:
      int64 (V,), each from 1 to `largest`, of sum `total`.
    """
    degrees = np.ones(len(popularity), np.int64)
    while (rest := total - degrees.sum()) > 0:
        weights = np.where(degrees < largest, popularity, 0)
        degrees += rng.multinomial(rest, weights / weights.sum())
        degrees = np.minimum(degrees, largest)
    return degrees


def match_by_taste(
    user_degrees: np.ndarray,
    item_degrees: np.ndarray,
    preferences: PlantedPreferences,
    rng: np.random.Generator,
    sweeps: int = _SWEEPS,
) -> tuple[np.ndarray, np.ndarray]:
    """Draws a bipartite graph of given degrees with probability towards exp(sum of affinities).

    A sweep pairs the edges at random and proposes, to each pair, that the two users exchange their
    items. The exchange is accepted with probability min(1, exp(gain in affinity)) (Metropolis et
    al., 1953), which keeps both degree sequences.

    Args:
      user_degrees: int64 (U,).
      item_degrees: int64 (V,), of the same sum n.
      preferences: of U users and V items.
      rng: source of randomness.
      sweeps: proposals an edge.

    Returns:
      Rows of users and columns of items, int64 (n,); no pair repeats.

    Raises:
      ValueError: if the sums differ, or no graph without repeated edges was found.
    """
    if user_degrees.sum() != item_degrees.sum():
        raise ValueError("the degrees of users and items differ in sum")
    users = np.repeat(np.arange(len(user_degrees)), user_degrees)
    items = rng.permutation(np.repeat(np.arange(len(item_degrees)), item_degrees))
    # Single precision suffices to compare utilities, and halves the memory traffic.
    wishes = (preferences.intensity[:, None] * preferences.tastes).astype(np.float32)
    offers = preferences.factors.astype(np.float32)
    half = len(users) // 2
    with progress_bar(sweeps, "sweep", "matching users and items") as bar:
        for _ in range(sweeps):
            order = rng.permutation(len(users))
            one, other = order[:half], order[half : 2 * half]
            wish = wishes[users[one]] - wishes[users[other]]
            offer = offers[items[other]] - offers[items[one]]
            gain = np.einsum("nf,nf->n", wish, offer)
            accepted = -rng.standard_exponential(half) < gain
            _exchange(items, one[accepted], other[accepted])
            bar.update()
    _part_repeated_pairs(users, items, len(item_degrees), rng)
    return users, items


def _exchange(items: np.ndarray, one: np.ndarray, other: np.ndarray) -> None:
    items[one], items[other] = items[other], items[one]


def _part_repeated_pairs(
    users: np.ndarray, items: np.ndarray, num_items: int, rng: np.random.Generator
) -> None:
    """Exchanges the items of repeated edges with those of others until no edge repeats."""
    for _ in range(_REPAIR_ROUNDS):
        codes = users * num_items + items
        known, first = np.unique(codes, return_index=True)
        repeated = np.ones(len(codes), bool)
        repeated[first] = False
        one = np.flatnonzero(repeated)
        if not len(one):
            return
        other = rng.integers(len(codes), size=len(one))
        new = np.concatenate(
            [users[one] * num_items + items[other], users[other] * num_items + items[one]]
        )
        _, inverse, times = np.unique(new, return_inverse=True, return_counts=True)
        place = np.minimum(np.searchsorted(known, new), len(known) - 1)
        free = (known[place] != new) & (times[inverse] == 1)
        free = free[: len(one)] & free[len(one) :] & ~repeated[other]
        # An edge may be the partner of several; only its first proposal counts.
        _, proposals = np.unique(other, return_index=True)
        single = np.zeros(len(one), bool)
        single[proposals] = True
        chosen = free & single
        _exchange(items, one[chosen], other[chosen])
    raise ValueError("the degrees are too dense for a graph without repeated edges")
