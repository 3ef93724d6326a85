"""The split that comes with the data."""

import numpy as np

from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION, Interactions
from a2bm2gl_tf.data.preparation.random_split import parts_of_ranks, rank_within_users
from a2bm2gl_tf.data.preparation.random_streams import stream
from a2bm2gl_tf.data.preparation.split_options import Partition, SplitOptions
from a2bm2gl_tf.errors import UserError


def given(interactions: Interactions, options: SplitOptions) -> Partition:
    """Takes the parts as they are; where none is validation data, draws it from training data.

    A user with r training records gives min(floor(validation_fraction r + 1/2), r - 1) of them.

    Raises:
      UserError: if the data does not come split.
    """
    if interactions.parts is None:
        raise UserError("--split=given: the data does not come split; use another --split")
    parts = interactions.parts.astype(np.uint8)
    if (parts == VALIDATION).any():
        return Partition(parts[None], "given: training, validation and test data as distributed")
    training = np.flatnonzero(parts == TRAIN)
    users, num_users = interactions.users[training], len(interactions.user_ids)
    keys = stream(options.seed, "validation").random(len(training))
    ranks = rank_within_users(users, num_users, keys)
    drawn = parts_of_ranks(users, num_users, ranks, 0.0, options.validation_fraction)
    parts[training[drawn == VALIDATION]] = VALIDATION
    recipe = (
        "given: test data as distributed; random per user: "
        f"{options.validation_fraction:g} of the training data validation; seed {options.seed}"
    )
    return Partition(parts[None], recipe)


def has_test_data(interactions: Interactions) -> bool:
    """Whether the data comes split with test data to evaluate on."""
    return interactions.parts is not None and bool((interactions.parts == TEST).any())
