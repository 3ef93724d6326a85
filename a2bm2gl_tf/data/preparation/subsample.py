"""Random subsets of given size, such as the paper's 10,000 users and 34,325 items (Table 1)."""

import numpy as np

from a2bm2gl_tf.data.formats.raw import Interactions
from a2bm2gl_tf.data.preparation.random_streams import stream
from a2bm2gl_tf.data.preparation.records import items_present, select, users_present
from a2bm2gl_tf.errors import UserError


def subsample(
    interactions: Interactions,
    num_users: int | None,
    num_items: int | None,
    num_interactions: int | None,
    seed: int,
) -> tuple[Interactions, dict]:
    """Draws users, then items, then records.

    Users are drawn uniformly. Of their items, first such are taken that leave every user a record
    (each in turn that has none yet gives its most frequent item), the rest uniformly. Of the
    records left, first such are taken that leave every user and every item one, the rest uniformly.
    So the numbers are met exactly wherever that many are left at each step and the records can
    reach all the users and items; otherwise the result is smaller, and its own counts say so.

    Args:
      interactions: records, one a user and item, sorted by user and item.
      num_users: users to keep; None keeps all.
      num_items: likewise, of items.
      num_interactions: likewise, of records.
      seed: seed of the draw.

    Returns:
      The records left, and what was asked for.

    Raises:
      UserError: if more is asked for than the whole data has.
    """
    wanted = {"users": num_users, "items": num_items, "interactions": num_interactions}
    there = {
        "users": int(users_present(interactions).sum()),
        "items": int(items_present(interactions).sum()),
        "interactions": len(interactions),
    }
    for name, number in wanted.items():
        if number is not None and number > there[name]:
            raise UserError(
                f"--num_{name}={number}: only {there[name]} {name} are left to draw from; "
                "lower it or loosen the other filters"
            )
    if num_users is not None:
        chosen = stream(seed, "users").permutation(np.flatnonzero(users_present(interactions)))
        users = _flags(chosen[:num_users], len(interactions.user_ids))
        interactions = select(interactions, users[interactions.users])
    if num_items is not None:
        items = _draw_items(interactions, num_items, stream(seed, "items"))
        interactions = select(interactions, items[interactions.items])
    if num_interactions is not None and num_interactions < len(interactions):
        kept = _draw_records(interactions, num_interactions, stream(seed, "interactions"))
        interactions = select(interactions, kept)
    return interactions, {"wanted": {k: v for k, v in wanted.items() if v is not None}}


def _flags(positions: np.ndarray, length: int) -> np.ndarray:
    flags = np.zeros(length, bool)
    flags[positions] = True
    return flags


def _draw_items(interactions: Interactions, number: int, rng: np.random.Generator) -> np.ndarray:
    """Bool (V,): `number` items, those first that leave every user a record."""
    frequency = np.bincount(interactions.items, minlength=len(interactions.item_ids))
    starts = np.searchsorted(interactions.users, np.arange(len(interactions.user_ids) + 1))
    taken = np.zeros(len(interactions.item_ids), bool)
    room = number
    for user in rng.permutation(np.flatnonzero(users_present(interactions))):
        own = interactions.items[starts[user] : starts[user + 1]]
        if room and not taken[own].any():
            taken[own[np.argmax(frequency[own])]] = True
            room -= 1
    others = rng.permutation(np.flatnonzero(items_present(interactions) & ~taken))
    taken[others[:room]] = True
    return taken


def _draw_records(interactions: Interactions, number: int, rng: np.random.Generator) -> np.ndarray:
    """Bool (n,): `number` records, those first that leave every user and item one."""
    order = rng.permutation(len(interactions))
    users, items = interactions.users[order], interactions.items[order]
    covering = _edge_cover(users, items)
    others = np.setdiff1d(np.arange(len(order)), covering)
    chosen = np.concatenate([covering, others])[:number]
    return _flags(order[chosen], len(order))


def _edge_cover(users: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Positions of few records that touch every user and item.

    A greedy matching in the order of the records comes first, found in rounds: a record that comes
    first both for its user and for its item is what the greedy pass would take next of either.
    """
    chosen = []
    open_users = np.ones(users.max() + 1, bool)
    open_items = np.ones(items.max() + 1, bool)

    def take(positions: np.ndarray) -> None:
        chosen.append(positions)
        open_users[users[positions]] = False
        open_items[items[positions]] = False

    left = np.arange(len(users))
    while len(left):
        by_user = np.unique(users[left], return_index=True)[1]
        by_item = np.unique(items[left], return_index=True)[1]
        take(left[np.intersect1d(by_user, by_item)])
        left = left[open_users[users[left]] & open_items[items[left]]]
    for rows, still_open in ((users, open_users), (items, open_items)):
        left = np.flatnonzero(still_open[rows])
        take(left[np.unique(rows[left], return_index=True)[1]])
    return np.concatenate(chosen)
