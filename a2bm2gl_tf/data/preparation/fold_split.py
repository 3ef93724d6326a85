"""Cross-validation: every record is test data in one of k folds."""

import numpy as np

from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION, Interactions
from a2bm2gl_tf.data.preparation.random_split import held_out, rank_within_users
from a2bm2gl_tf.data.preparation.random_streams import stream
from a2bm2gl_tf.data.preparation.split_options import Partition, SplitOptions


def cross_validation(interactions: Interactions, options: SplitOptions) -> Partition:
    """Deals the records of each user to k folds in turn; fold f tests on what f was dealt.

    The fold that is dealt to first is drawn for each user, so that users with less than k records
    do not all test in the same folds. A user's only record is training data in all folds. Of what
    fold f leaves a user, r records, min(floor(validation_fraction r + 1/2), r - 1) drawn ones are
    validation data.
    """
    users, num_users = interactions.users, len(interactions.user_ids)
    rng = stream(options.seed, "folds")
    counts = np.bincount(users, minlength=num_users)
    ranks = rank_within_users(users, num_users, rng.random(len(users)))
    fold = (ranks + rng.integers(options.folds, size=num_users)[users]) % options.folds
    fold[counts[users] == 1] = -1
    rng = stream(options.seed, "validation")
    parts = np.full((options.folds, len(users)), TRAIN, np.uint8)
    for number, row in enumerate(parts):
        row[fold == number] = TEST
        rest = np.flatnonzero(fold != number)
        ranks = rank_within_users(users[rest], num_users, rng.random(len(rest)))
        left = np.bincount(users[rest], minlength=num_users)
        wanted = held_out(left, options.validation_fraction)
        row[rest[ranks < wanted[users[rest]]]] = VALIDATION
    recipe = (
        f"{options.folds} folds, random per user, then {options.validation_fraction:g} of the rest "
        f"validation; seed {options.seed}"
    )
    return Partition(parts, recipe)
