"""Generated micro-video data with planted preferences, of any size."""

import dataclasses

import numpy as np

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.preparation.random_split import split_per_user
from a2bm2gl_tf.data.preparation.random_streams import random_stream
from a2bm2gl_tf.data.registry import register_dataset
from a2bm2gl_tf.data.synthesis.interaction_sampling import draw_activity, sample_without_replacement
from a2bm2gl_tf.data.synthesis.planted_features import draw_features
from a2bm2gl_tf.data.synthesis.planted_preferences import PlantedPreferences, draw_preferences
from a2bm2gl_tf.data.synthesis.planted_titles import compose_titles
from a2bm2gl_tf.errors import UserError

_DEFAULT_USERS = 1000
_DEFAULT_ITEMS = 800
_DEFAULT_PER_USER = 28

# The interactions do not change with the features.
_PREFERENCES, _FEATURES, _INTERACTIONS = 1, 2, 3


@dataclasses.dataclass(frozen=True)
class _Size:
    """Users, items and interactions to generate, and the most interactions a user may have."""

    users: int
    items: int
    interactions: int
    largest: int


@register_dataset("synthetic", data_dir=False, sizes=True)
def generate_synthetic(options: DatasetOptions) -> Dataset:
    """Generates users, items, features and interactions from the seed.

    By default 1,000 users, 800 items and 28 interactions a user. See `planted_preferences` for who
    likes what, `planted_features` for the modalities and `interaction_sampling` for the draw.

    Args:
      options: see `DatasetOptions`. The number of interactions is met exactly.

    Returns:
      The dataset with a random split per user: user ids such as "user0042", item ids from 1.

    Raises:
      UserError: if the number of interactions does not fit the numbers of users and items.
    """
    size = _size(options)
    preferences = _preferences(size, options.seed)
    rng = random_stream(options.seed, _INTERACTIONS)
    counts = draw_activity(size.users, size.interactions, size.largest, rng)
    users, items = sample_without_replacement(preferences.utility, counts, size.items, rng)
    split = split_per_user(
        users,
        items,
        (size.users, size.items),
        test_fraction=options.test_fraction,
        validation_fraction=options.validation_fraction,
        seed=options.seed,
    )
    digits = max(4, len(str(size.users - 1)))
    item_ids = np.arange(1, size.items + 1)
    return Dataset(
        name="synthetic",
        user_ids=np.array([f"user{row:0{digits}d}" for row in range(size.users)], dtype=object),
        item_ids=item_ids,
        item_titles=compose_titles(preferences, item_ids),
        modalities=draw_features(preferences.factors, random_stream(options.seed, _FEATURES)),
        train=split.train,
        validation=split.validation,
        test=split.test,
        split=split.recipe,
    )


def planted_scores(options: DatasetOptions, user_rows: np.ndarray) -> np.ndarray:
    """The utilities that the interactions were drawn from: the best ranking there is to learn.

    Args:
      options: those that the data was generated with.
      user_rows: integer (b,) row numbers.

    Returns:
      float64 (b, V).

    Raises:
      UserError: as `generate_synthetic`.
    """
    return _preferences(_size(options), options.seed).utility(user_rows)


def _preferences(size: _Size, seed: int) -> PlantedPreferences:
    return draw_preferences(size.users, size.items, random_stream(seed, _PREFERENCES))


def _size(options: DatasetOptions) -> _Size:
    users = options.num_users or _DEFAULT_USERS
    items = options.num_items or _DEFAULT_ITEMS
    # Beyond half the catalogue a user's choice says little about taste.
    largest = max(1, items // 2)
    interactions = options.num_interactions or users * min(_DEFAULT_PER_USER, largest)
    if not users <= interactions <= users * largest:
        raise UserError(
            f"--num_interactions={interactions}: give {users} to {users * largest} for {users} "
            f"users and {items} items (each user has at least one and at most half of the items)"
        )
    return _Size(users, items, interactions, largest)
