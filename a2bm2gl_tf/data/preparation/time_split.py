"""Splits that test on what came later: per user, at one moment for all, or the last records."""

import numpy as np

from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION, Interactions
from a2bm2gl_tf.data.preparation.random_split import parts_of_ranks, rank_within_users
from a2bm2gl_tf.data.preparation.split_options import Partition, SplitOptions
from a2bm2gl_tf.data.reading.dates import ticks_a_second, with_date
from a2bm2gl_tf.errors import UserError


def time_ratio(interactions: Interactions, options: SplitOptions) -> Partition:
    """Holds out the latest records of each user, as many as the random split would.

    Records of one time are in the order of their items' ids.

    Raises:
      UserError: if the data has no times.
    """
    parts = parts_of_ranks(
        interactions.users,
        len(interactions.user_ids),
        _rank_from_last(interactions, "time_ratio"),
        options.test_fraction,
        options.validation_fraction,
    )
    recipe = (
        f"latest per user: {options.test_fraction:g} test, then {options.validation_fraction:g} of "
        "the rest validation; equal times by item id"
    )
    return Partition(parts[None], recipe)


def leave_one_out(interactions: Interactions, options: SplitOptions) -> Partition:
    """The last record of each user is test data, the second last validation data.

    The last of one time is that with the largest item id. One record of each user is always left to
    train on: a user with two has no validation record, a user with one no test record.

    Raises:
      UserError: if the data has no times.
    """
    ranks = _rank_from_last(interactions, "leave_one_out")
    counts = np.bincount(interactions.users, minlength=len(interactions.user_ids))
    counts = counts[interactions.users]
    parts = np.full(len(interactions), TRAIN, np.uint8)
    parts[(ranks == 0) & (counts > 1)] = TEST
    parts[(ranks == 1) & (counts > 2)] = VALIDATION
    return Partition(
        parts[None],
        "leave one out: last record of a user test, second last validation; equal times by item id",
    )


def time_cut(interactions: Interactions, options: SplitOptions) -> Partition:
    """Cuts all records at two moments: what came later is test data, what came before validation.

    The moments are those that leave at least the wanted shares after them; records of the same time
    stay together, so the shares may come out larger. Users and items that first appear after a cut
    have nothing to train on.

    Raises:
      UserError: if the data has no times, or only an order of each user's records.
    """
    times = _times(interactions, "time_cut")
    if _counts_each_user(interactions):
        raise UserError(
            "--split=time_cut: the data orders the records of each user but has no clock that all "
            "users share; use --split=time_ratio or leave_one_out"
        )
    test_from = _cut(times, options.test_fraction)
    earlier = times[times < test_from]
    validation_from = _cut(earlier, options.validation_fraction) if len(earlier) else test_from
    parts = np.full(len(times), TRAIN, np.uint8)
    parts[times >= validation_from] = VALIDATION
    parts[times >= test_from] = TEST
    unit = ticks_a_second(int(times.min()), int(times.max()))
    recipe = (
        f"cut at one time for all: test from {with_date(test_from, unit)}, "
        f"validation from {with_date(validation_from, unit)}"
    )
    return Partition(parts[None], recipe)


def _times(interactions: Interactions, split: str) -> np.ndarray:
    if interactions.times is None:
        raise UserError(
            f"--split={split}: the data has no times; name their column with --time_column, or use "
            "--split=ratio"
        )
    return interactions.times


def _rank_from_last(interactions: Interactions, split: str) -> np.ndarray:
    """Place of each record among its user's, 0 for the last."""
    users, num_users = interactions.users, len(interactions.user_ids)
    ranks = rank_within_users(users, num_users, _times(interactions, split), interactions.items)
    return np.bincount(users, minlength=num_users)[users] - 1 - ranks


def _counts_each_user(interactions: Interactions) -> bool:
    """Whether the times are nothing but positions within the user, as some formats give them.

    Earlier filters may have left gaps, so only the size of the times is looked at: a clock does not
    start near zero for every user.
    """
    users, times = interactions.users, interactions.times
    earliest = np.full(len(interactions.user_ids), np.iinfo(np.int64).max)
    np.minimum.at(earliest, users, times)
    present = np.bincount(users, minlength=len(interactions.user_ids)) > 0
    return bool(present.sum() > 1 and (earliest[present] <= 1).all() and times.min() >= 0)


def _cut(times: np.ndarray, fraction: float) -> int:
    wanted = max(1, int(fraction * len(times) + 0.5))
    return int(np.partition(times, len(times) - wanted)[len(times) - wanted])
