"""Whether item ids start at 0 or after the users, from the data where it tells."""

import re
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
      asked: "auto", "none", "num_users", or the id of the first item in decimal digits, for data
        whose last users have no record, so that U is more than can be seen.

    Returns:
      0, U or the number asked for.

    Raises:
      UserError: if the ids fit neither, or what is asked for, or both with "auto".
    """
    number = int(asked) if re.fullmatch("[0-9]{1,10}", asked) else None
    if number is None and asked not in ("auto", "none", "num_users"):
        raise UserError(
            f"--item_offset={asked}: choose one of auto, none, num_users, or give the id of the "
            "first item, a whole number"
        )
    low, high = int(items.min()), int(items.max())
    offsets = {"none": 0, "num_users": num_users}
    if number is not None:
        offsets[asked] = number
    fits = {
        name: low >= offset and (num_items is None or high - offset < num_items)
        for name, offset in offsets.items()
    }
    said = f"items are numbered {low} to {high}, with {num_users} users and " + (
        "no features" if num_items is None else f"{num_items} feature rows"
    )
    if asked != "auto":
        if not fits[asked]:
            raise UserError(
                f"{path}: {said}, which --item_offset={asked} does not fit; leave the flag out "
                "or give the id of the first item"
            )
        return offsets[asked]
    fitting = [name for name, fit in fits.items() if fit]
    if not fitting:
        raise UserError(
            f"{path}: {said}, which do not fit each other; use files of one release, or give "
            "--item_offset=N if the first item has the id N (the last users may have no record)"
        )
    if len(fitting) == 2:
        raise UserError(
            f"{path}: {said}, so they may start at 0 or after the users; "
            "give --item_offset=none or --item_offset=num_users"
        )
    return offsets[fitting[0]]
