"""The k-core of the user-item graph."""

import numpy as np

from a2bm2gl_tf.data.formats.raw import Interactions
from a2bm2gl_tf.data.preparation.records import select


def k_core(interactions: Interactions, user_core: int, item_core: int) -> tuple[Interactions, dict]:
    """Drops users and items with too few records, again and again until none is left to drop.

    The result is the largest set of records in which every user has at least `user_core` and every
    item at least `item_core` of them; it does not depend on the order of dropping.

    Args:
      interactions: records, one a user and item.
      user_core: fewest records of a user; 1 asks nothing.
      item_core: fewest records of an item.

    Returns:
      The records left, and the number of rounds that dropped something.
    """
    rounds = 0
    while True:
        users = np.bincount(interactions.users, minlength=len(interactions.user_ids))
        items = np.bincount(interactions.items, minlength=len(interactions.item_ids))
        kept = (users >= user_core)[interactions.users] & (items >= item_core)[interactions.items]
        if kept.all():
            return interactions, {"rounds": rounds}
        interactions = select(interactions, kept)
        rounds += 1
