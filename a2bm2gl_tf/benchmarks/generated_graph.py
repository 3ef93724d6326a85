"""Sparse interactions with planted taste at any size, in time linear in their number."""

import numpy as np
import scipy.sparse as sp

_CLUSTERS = 50
_OWN_CLUSTER = 0.7
_PER_USER, _PER_ITEM = 25, 50
_TEST_SHARE = 0.2
# Below this the matrix is so full that distinct pairs are hard to draw.
FEWEST_INTERACTIONS = 5_000


def generated_split(num_interactions: int, seed: int) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Training and test interactions of n / 25 users and n / 50 items.

    Users and items belong to clusters; most of a user's items are of its own. Within a cluster and
    without, the popularity of items falls off like the reciprocal of the square root of the rank.
    Pairs drawn twice are replaced, so the number asked for is met exactly.

    Args:
      num_interactions: n, in both splits together, at least `FEWEST_INTERACTIONS`.
      seed: integer seed.

    Returns:
      float32 CSR (U, V) of ones, sorted indices: training (four fifths) and test.

    Raises:
      ValueError: if there are too few interactions.
    """
    if num_interactions < FEWEST_INTERACTIONS:
        raise ValueError(f"{num_interactions} interactions are fewer than {FEWEST_INTERACTIONS}")
    rng = np.random.default_rng(seed)
    num_users = num_interactions // _PER_USER
    num_items = num_interactions // _PER_ITEM
    clusters = min(_CLUSTERS, max(1, num_items // 20))
    keys = np.zeros(0, np.int64)
    while keys.size < num_interactions:
        count = num_interactions - keys.size
        users = rng.integers(num_users, size=count)
        # The square of a uniform number has the density 1 / (2 sqrt(x)).
        items = (num_items * rng.random(count) ** 2).astype(np.int64)
        own = rng.random(count) < _OWN_CLUSTER
        # Item v is of cluster v modulo C: the next item of the user's cluster from where it fell.
        items = np.where(own, items - items % clusters + users % clusters, items) % num_items
        keys = np.unique(np.concatenate([keys, users * num_items + items]))
    in_test = rng.random(keys.size) < _TEST_SHARE
    return tuple(
        sp.csr_matrix(
            (np.ones(part.size, np.float32), (part // num_items, part % num_items)),
            shape=(num_users, num_items),
        )
        for part in (keys[~in_test], keys[in_test])
    )
