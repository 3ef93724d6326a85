"""Whether item ids start at 0 or after the users, from the data where it tells."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.errors import UserError


def decide_offset(
    path: Path, items: np.ndarray, num_users: int, num_items: int | None, asked: str
) -> int:
    """What to subtract from item ids to get rows of the features.

    MMGCN's full release numbers items after the users, its samples number them from 0. Items from
    the first user's number on, or more rows than the smaller numbering has, prove one or the other.

    Args:
      path: the file of the pairs, for messages.
      items: int64 (n,) item ids as they are.
      num_users: U, one more than the largest user.
      num_items: V, rows of the features, or None without any.
      asked: "auto", "none" or "num_users".

    Returns:
      0 or U.

    Raises:
      UserError: if the ids fit neither, or what is asked for, or both with "auto".
    """
    if asked not in ("auto", "none", "num_users"):
        raise UserError(f"--item_offset={asked}: choose one of auto, none, num_users")
    low, high = int(items.min()), int(items.max())
    fits = {
        "none": num_items is None or high < num_items,
        "num_users": low >= num_users and (num_items is None or high - num_users < num_items),
    }
    offsets = {"none": 0, "num_users": num_users}
    said = f"items are numbered {low} to {high}, with {num_users} users and " + (
        "no features" if num_items is None else f"{num_items} feature rows"
    )
    if asked != "auto":
        if not fits[asked]:
            raise UserError(
                f"{path}: {said}, which --item_offset={asked} does not fit; leave the flag out"
            )
        return offsets[asked]
    fitting = [name for name, fit in fits.items() if fit]
    if not fitting:
        raise UserError(f"{path}: {said}, which do not fit each other; use files of one release")
    if len(fitting) == 2:
        raise UserError(
            f"{path}: {said}, so they may start at 0 or after the users; "
            "give --item_offset=none or --item_offset=num_users"
        )
    return offsets[fitting[0]]
