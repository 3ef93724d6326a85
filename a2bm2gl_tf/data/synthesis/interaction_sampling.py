"""Drawing interactions from utilities: how many each user has, and which items."""

from collections.abc import Callable

import numpy as np

from a2bm2gl_tf.data.reading.progress import progress_bar

_BLOCK_CELLS = 2**20
_ACTIVITY_SPREAD = 0.8
_FEWEST = 5
_BISECTIONS = 100


def draw_activity(
    num_users: int, total: int, largest: int, rng: np.random.Generator, fewest: int = _FEWEST
) -> np.ndarray:
    """Shares a number of interactions among users with a heavy tail.

    Shares are lognormal weights times a common factor, kept between `fewest` (or the mean
    where that is lower) and `largest`. The factor is found by bisection, and the users with the
    largest fractions are rounded up so that the sum is exact.

    Args:
      num_users: U.
      total: sum to reach, from U to U * largest.
      largest: most interactions of a user.
      rng: source of randomness.
      fewest: interactions that every user has, where the total is enough for that.

    Returns:
      int64 (U,), each from 1 to `largest`, of sum `total`.

    Raises:
      ValueError: if `total` cannot be reached.
    """
    if not num_users <= total <= num_users * largest:
        raise ValueError(f"cannot share {total} among {num_users} users of at most {largest}")
    fewest = min(fewest, total // num_users)
    weights = np.exp(_ACTIVITY_SPREAD * rng.standard_normal(num_users))
    low, high = 0.0, largest / weights.min()
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if np.clip(middle * weights, fewest, largest).sum() <= total:
            low = middle
        else:
            high = middle
    shares = np.clip(low * weights, fewest, largest)
    counts = np.floor(shares).astype(np.int64)
    room = np.where(counts < largest, shares - counts, -1.0)
    counts[np.argsort(-room, kind="stable")[: total - counts.sum()]] += 1
    return counts


def sample_without_replacement(
    utility: Callable[[np.ndarray], np.ndarray],
    counts: np.ndarray,
    num_items: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Draws each user's items one after another, with probability proportional to exp(utility).

    That is the same as adding standard Gumbel noise and keeping the largest sums (Vieira, 2014;
    Kool et al., 2019). Users are taken in blocks of similar activity, so memory does not grow with
    U x V, and each block needs one partial sort as deep as its most active user.

    Args:
      utility: gives float64 (b, V) for integer (b,) user rows.
      counts: int64 (U,), items to draw for each user, at most V.
      num_items: V.
      rng: source of randomness.

    Returns:
      Rows of users and columns of items, int64, both of length counts.sum(); no pair repeats. A
      user's draws are contiguous, the first drawn first.
    """
    by_activity = np.argsort(-counts, kind="stable")
    height = max(1, _BLOCK_CELLS // num_items)
    users, items = [], []
    with progress_bar(len(counts), "user", "drawing interactions") as bar:
        for start in range(0, len(counts), height):
            rows = by_activity[start : start + height]
            # A standard exponential's negative logarithm is a standard Gumbel variable.
            loss = np.log(rng.standard_exponential((len(rows), num_items)))
            loss -= utility(rows)
            depth = counts[rows[0]]
            best = np.argpartition(loss, depth - 1, axis=1)[:, :depth]
            order = np.argsort(np.take_along_axis(loss, best, axis=1), axis=1)
            drawn = np.arange(depth) < counts[rows, None]
            users.append(np.repeat(rows, counts[rows]))
            items.append(np.take_along_axis(best, order, axis=1)[drawn])
            bar.update(len(rows))
    return np.concatenate(users), np.concatenate(items)
