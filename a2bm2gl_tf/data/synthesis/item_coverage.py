"""Making sure that every item of a drawn data set occurs, and drawing pairs that do not."""

import numpy as np

from a2bm2gl_tf.data.synthesis.planted_preferences import PlantedPreferences


def cover_items(
    users: np.ndarray,
    items: np.ndarray,
    preferences: PlantedPreferences,
    rng: np.random.Generator,
) -> np.ndarray:
    """Gives each item without an interaction one, in place of one of an item that has others.

    The item goes to the user of the largest taste for it plus standard Gumbel noise who can spare
    an item; the last drawn of those is the one replaced. Users keep their numbers of interactions.

    Args:
      users: int64 (n,), each user's rows contiguous and in the order of drawing.
      items: int64 (n,), as `sample_without_replacement` draws them, n at least V.
      preferences: of U users and V items.
      rng: source of randomness.

    Returns:
      int64 (n,), the items with the replacements; no pair repeats.
    """
    items = items.copy()
    num_users, num_items = len(preferences.tastes), len(preferences.genres)
    degrees = np.bincount(items, minlength=num_items)
    known, starts, counts = np.unique(users, return_index=True, return_counts=True)
    first, last = np.zeros(num_users, np.int64), np.zeros(num_users, np.int64)
    first[known], last[known] = starts, starts + counts
    everyone = np.arange(num_users)
    for item in np.flatnonzero(degrees == 0):
        liking = preferences.affinity(everyone, np.full(num_users, item))
        for user in np.argsort(-(liking + rng.gumbel(size=num_users))):
            own = slice(first[user], last[user])
            spare = np.flatnonzero(degrees[items[own]] > 1)
            if len(spare):
                position = own.start + spare[-1]
                degrees[items[position]] -= 1
                items[position] = item
                degrees[item] = 1
                break
    return items


def draw_other_pairs(
    users: np.ndarray,
    items: np.ndarray,
    total: int,
    preferences: PlantedPreferences,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draws pairs that are not among given ones: what users were shown and did not take.

    Users occur in proportion to their activity. Half of the items are drawn by popularity, half
    evenly: taste has no part in it.

    Args:
      users: int64 (n,), rows of the pairs to avoid.
      items: int64 (n,), their columns.
      total: pairs to draw; n + total must be well below U x V.
      preferences: of U users and V items.
      rng: source of randomness.

    Returns:
      Rows and columns, int64 (total,); no pair repeats.
    """
    num_items = len(preferences.genres)
    popularity = np.cumsum(np.exp(preferences.log_popularity))
    avoided = np.sort(users * num_items + items)
    drawn = np.zeros(0, np.int64)
    while len(drawn) < total:
        wanted = (total - len(drawn)) * 5 // 4 + 16
        rows = users[rng.integers(len(users), size=wanted)]
        by_popularity = np.searchsorted(popularity, popularity[-1] * rng.random(wanted))
        columns = np.where(
            rng.random(wanted) < 0.5, by_popularity, rng.integers(num_items, size=wanted)
        )
        codes = rows * num_items + np.minimum(columns, num_items - 1)
        place = np.minimum(np.searchsorted(avoided, codes), len(avoided) - 1)
        fresh = codes[avoided[place] != codes]
        together = np.concatenate([drawn, fresh])
        # In the order of drawing: cutting sorted codes would leave out the last users.
        _, positions = np.unique(together, return_index=True)
        drawn = together[np.sort(positions)][:total]
    return np.divmod(drawn, num_items)
