"""Pairs of user and item that stand in one file a part, as one set of interactions."""

from collections.abc import Sequence

import numpy as np

from a2bm2gl_tf.data.formats.ids import number_ids
from a2bm2gl_tf.data.formats.raw import Interactions


def join_parts(
    parts: Sequence[tuple[int, np.ndarray, np.ndarray]],
    more_users: np.ndarray,
    num_items: int | None = None,
) -> Interactions:
    """Puts the pairs of several parts one after the other.

    Args:
      parts: (`raw.TRAIN`, `raw.VALIDATION` or `raw.TEST`; int64 (k,) users; int64 (k,) items).
      more_users: int64 ids of users that may be without an interaction.
      num_items: V where the items are known to be 0 to V - 1; None takes those that occur.

    Returns:
      The interactions.
    """
    users = np.concatenate([part[1] for part in parts])
    items = number_ids(np.concatenate([part[2] for part in parts]))
    if num_items is not None:
        item_ids, item_codes = np.arange(num_items), items.values().astype(np.int32)
    else:
        item_ids, item_codes = items.ids, items.codes
    user_ids = np.unique(np.concatenate([users, more_users]))
    sizes = [len(part[1]) for part in parts]
    return Interactions(
        user_ids=user_ids,
        item_ids=item_ids,
        users=np.searchsorted(user_ids, users).astype(np.int32),
        items=item_codes,
        parts=np.repeat(np.array([part[0] for part in parts], np.uint8), sizes)
        if len(parts) > 1
        else None,
    )
