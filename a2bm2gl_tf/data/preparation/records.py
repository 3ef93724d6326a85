"""Taking a part of the records, or of the ids they refer to."""

import dataclasses

import numpy as np

from a2bm2gl_tf.data.formats.raw import Interactions


def select(interactions: Interactions, kept: np.ndarray) -> Interactions:
    """Some of the records, in the order asked for; all ids stay.

    Args:
      interactions: n records.
      kept: bool (n,), or integer positions.
    """

    def take(column: np.ndarray | None) -> np.ndarray | None:
        return None if column is None else column[kept]

    return dataclasses.replace(
        interactions,
        users=interactions.users[kept],
        items=interactions.items[kept],
        values=take(interactions.values),
        times=take(interactions.times),
        parts=take(interactions.parts),
    )


def users_present(interactions: Interactions) -> np.ndarray:
    """Bool (U,): which users have a record."""
    return np.bincount(interactions.users, minlength=len(interactions.user_ids)) > 0


def items_present(interactions: Interactions) -> np.ndarray:
    """Bool (V,): which items have a record."""
    return np.bincount(interactions.items, minlength=len(interactions.item_ids)) > 0


def compact(interactions: Interactions, items_kept: np.ndarray) -> Interactions:
    """Drops users without a record, and the items that are not kept, and numbers the rest anew.

    Args:
      interactions: the records.
      items_kept: bool (V,), True for every item that has a record.
    """
    users_kept = users_present(interactions)
    return dataclasses.replace(
        interactions,
        user_ids=interactions.user_ids[users_kept],
        item_ids=interactions.item_ids[items_kept],
        users=_new_rows(users_kept)[interactions.users],
        items=_new_rows(items_kept)[interactions.items],
    )


def _new_rows(kept: np.ndarray) -> np.ndarray:
    return (np.cumsum(kept) - 1).astype(np.int32)
