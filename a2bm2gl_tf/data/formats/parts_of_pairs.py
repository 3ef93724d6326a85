"""Pairs of user and item that stand in one file a part, as one set of interactions."""

from collections.abc import Sequence

import numpy as np

from a2bm2gl_tf.data.formats.ids import number_ids
from a2bm2gl_tf.data.formats.raw import Interactions


def join_parts(
    parts: Sequence[tuple[int, np.ndarray, np.ndarray]],
    num_items: int | None = None,
    more_users: np.ndarray | None = None,
    times: np.ndarray | None = None,
) -> Interactions:
    """Puts the pairs of several parts one after the other.

    Args:
      parts: (`raw.TRAIN`, `raw.VALIDATION` or `raw.TEST`; int64 (k,) users; int64 (k,) items).
      num_items: V where the items are known to be 0 to V - 1; None takes those that occur.
      more_users: int64 ids of users that may be without an interaction.
      times: int64 (n,) of all pairs, or None.

    Returns:
      The interactions.
    """
    users = np.concatenate([part[1] for part in parts])
    items = number_ids(np.concatenate([part[2] for part in parts]))
    if num_items is not None:
        item_ids, item_codes = np.arange(num_items), items.values().astype(np.int32)
    else:
        item_ids, item_codes = items.ids, items.codes
    listed = users if more_users is None else np.concatenate([users, more_users])
    user_ids = np.unique(listed)
    sizes = [len(part[1]) for part in parts]
    return Interactions(
        user_ids=user_ids,
        item_ids=item_ids,
        users=np.searchsorted(user_ids, users).astype(np.int32),
        items=item_codes,
        times=times,
        parts=np.repeat(np.array([part[0] for part in parts], np.uint8), sizes)
        if len(parts) > 1
        else None,
    )
