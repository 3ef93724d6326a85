"""Filters that look at one record, or at the records of one user and item, at a time.

Each takes the records and gives those that are left, with what it counted besides.
"""

import numpy as np

from a2bm2gl_tf.data.formats.raw import Interactions
from a2bm2gl_tf.data.preparation.records import select
from a2bm2gl_tf.errors import UserError

REPEATS = ("first", "last")

Filtered = tuple[Interactions, dict]


def at_least(interactions: Interactions, threshold: float) -> Filtered:
    """Keeps the records whose value is at least the threshold: explicit ratings turn implicit.

    Raises:
      UserError: if the data has no values.
    """
    if interactions.values is None:
        raise UserError(
            f"--threshold={threshold:g}: the data has no values; name their column with "
            "--value_column, or leave the flag out"
        )
    # Both as float32: a value of 3.1 was rounded when read and must still reach a threshold of 3.1.
    return select(interactions, interactions.values >= np.float32(threshold)), {}


def within_catalogue(interactions: Interactions, item_ids: np.ndarray) -> Filtered:
    """Keeps the records of the items in a catalogue.

    Args:
      interactions: the records.
      item_ids: ids of the catalogue, of the data's own kind (int64 or str).
    """
    known = set(item_ids.tolist())
    inside = np.array([item in known for item in interactions.item_ids.tolist()], bool)
    return select(interactions, inside[interactions.items]), {}


def merge_repeats(interactions: Interactions, keep: str, within_parts: bool = False) -> Filtered:
    """Keeps one record a user and item, and sorts the records by user, item (and part).

    "first" and "last" go by time, among equal times by value (the lower is first); where the data
    has no times, by the order of the records.

    Args:
      interactions: the records.
      keep: one of `REPEATS`.
      within_parts: keeps one record a user, item and part of a given split instead.
    """
    columns = [interactions.users, interactions.items]
    if within_parts:
        columns.append(interactions.parts)
    keys = list(columns)
    if interactions.times is not None:
        keys.append(interactions.times)
        if interactions.values is not None:
            keys.append(interactions.values)
    # A stable sort: what the keys do not tell apart stays in the order of the records.
    order = np.lexsort(keys[::-1])
    new = np.zeros(len(order), bool)
    new[:1] = True
    for column in columns:
        arranged = column[order]
        new[1:] |= arranged[1:] != arranged[:-1]
    kept = new if keep == "first" else np.append(new[1:], True)
    return select(interactions, order[kept]), {}


def resolve_overlaps(interactions: Interactions) -> Filtered:
    """Keeps one part a user and item of a given split: training, else test, else validation.

    So test and validation records that are in the training data are dropped, then validation
    records that are in the test data.

    Args:
      interactions: records with parts, sorted by user, item and part.

    Returns:
      The records left, and how many were dropped from either part.
    """
    rank = np.array([0, 2, 1], np.uint8)[interactions.parts]
    order = np.lexsort((rank, interactions.items, interactions.users))
    users, items = interactions.users[order], interactions.items[order]
    first = np.ones(len(order), bool)
    first[1:] = (users[1:] != users[:-1]) | (items[1:] != items[:-1])
    dropped = np.bincount(interactions.parts[order[~first]], minlength=3)
    details = {"from_validation": int(dropped[1]), "from_test": int(dropped[2])}
    return select(interactions, order[first]), details
