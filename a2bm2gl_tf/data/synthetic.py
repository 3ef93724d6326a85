"""Generated micro-video data with planted structure: the default that needs no download."""

import dataclasses

import numpy as np

from a2bm2gl_tf.data.dataset import Dataset, Modality
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import register_dataset
from a2bm2gl_tf.data.splits import split_per_user
from a2bm2gl_tf.errors import UserError

_DEFAULT_USERS, _DEFAULT_ITEMS, _DEFAULT_INTERACTIONS = 1000, 800, 30_000
_FACTORS = 16
_LEAST_PER_USER = 5
# Name -> (width, latent factors it shows, share of items without it).
_MODALITIES = {
    "visual": (64, slice(0, 10), 0.02),
    "acoustic": (32, slice(6, 14), 0.05),
    "textual": (48, slice(2, 16), 0.03),
}
_NOISE = 0.5
_GENRES = (
    "comedy", "cooking", "dance", "travel", "football", "guitar", "makeup", "kitten",
    "gardening", "robotics", "street food", "magic trick",
)  # fmt: skip
_FORMS = ("tutorial", "duet", "challenge", "vlog", "highlight", "fail", "review", "behind the scenes")
_BLOCK_USERS = 512


@dataclasses.dataclass(frozen=True)
class PlantedTruth:
    """What the generator knows and a model has to find out.

    The utility of item v for user u is intensity_u * t_u.z_v + log p_v; a user interacts with the
    items of the largest utility plus standard Gumbel noise.

    Attributes:
      tastes: t_u, float32 (U, factors), unit rows.
      factors: z_v, float32 (V, factors).
      intensity: float32 (U,), how much taste decides against popularity.
      log_popularity: log p_v, float32 (V,).
    """

    tastes: np.ndarray
    factors: np.ndarray
    intensity: np.ndarray
    log_popularity: np.ndarray

    def scores(self, users: np.ndarray) -> np.ndarray:
        """The planted utilities of some users, float32 (b, V): no model can rank better."""
        taste = self.intensity[users, None] * (self.tastes[users] @ self.factors.T)
        return taste + self.log_popularity


def plant(num_users: int, num_items: int, seed: int) -> tuple[PlantedTruth, np.ndarray]:
    """Draws tastes, item factors and popularity.

    Items belong to genres and scatter around them; a user likes two genres and something of their
    own. Popularity falls off with rank by a power law that is independent of genre.

    Args:
      num_users: U.
      num_items: V.
      seed: integer seed.

    Returns:
      (the planted truth; int (V,), the genre of each item).
    """
    rng = np.random.default_rng([seed, 0])
    centres = rng.normal(size=(len(_GENRES), _FACTORS))
    genres = rng.integers(len(_GENRES), size=num_items)
    factors = centres[genres] + 0.7 * rng.normal(size=(num_items, _FACTORS))
    liked = rng.integers(len(_GENRES), size=(num_users, 2))
    share = rng.uniform(0.5, 1.0, size=(num_users, 1))
    tastes = share * centres[liked[:, 0]] + (1 - share) * centres[liked[:, 1]]
    tastes += 0.4 * rng.normal(size=tastes.shape)
    tastes /= np.linalg.norm(tastes, axis=1, keepdims=True)
    intensity = rng.lognormal(mean=-0.2, sigma=0.4, size=num_users)
    popularity_rank = rng.permutation(num_items) + 1.0
    truth = PlantedTruth(
        tastes.astype(np.float32),
        factors.astype(np.float32),
        intensity.astype(np.float32),
        (-0.6 * np.log(popularity_rank)).astype(np.float32),
    )
    return truth, genres


def _activity(num_users: int, num_items: int, total: int, rng: np.random.Generator) -> np.ndarray:
    """Interactions of each user, int (U,): log-normal, at least five, adding up to `total`."""
    most = num_items // 2
    if not num_users * _LEAST_PER_USER <= total <= num_users * most:
        raise UserError(
            f"--num_interactions={total}: {num_users} users of {num_items} items take from "
            f"{num_users * _LEAST_PER_USER} to {num_users * most}; change one of the sizes"
        )
    weights = rng.lognormal(sigma=0.8, size=num_users)
    low, high = 0.0, float(total)
    # The scale at which the clipped counts come closest to the total from below.
    for _ in range(200):
        middle = (low + high) / 2
        counts = np.clip((weights * middle).astype(np.int64), _LEAST_PER_USER, most)
        low, high = (middle, high) if counts.sum() <= total else (low, middle)
    counts = np.clip((weights * low).astype(np.int64), _LEAST_PER_USER, most)
    while (missing := total - int(counts.sum())) > 0:
        room = np.flatnonzero(counts < most)
        counts[rng.permutation(room)[:missing]] += 1
    return counts


def _interactions(
    truth: PlantedTruth, counts: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Samples each user's items without replacement by Gumbel top-k, block by block of users."""
    users = np.repeat(np.arange(len(counts)), counts)
    items = np.empty(len(users), np.int64)
    ends = np.cumsum(counts)
    for start in range(0, len(counts), _BLOCK_USERS):
        block = np.arange(start, min(start + _BLOCK_USERS, len(counts)))
        rng = np.random.default_rng([seed, 1, start])
        # float32 noise can be exactly 0, whose logarithm is not finite.
        noise = np.maximum(rng.random((len(block), len(truth.factors)), np.float32), 1e-30)
        utility = truth.scores(block) - np.log(-np.log(noise))
        for row, user in enumerate(block):
            count = counts[user]
            items[ends[user] - count : ends[user]] = np.argpartition(utility[row], -count)[-count:]
    return users, items


def _modality(name: str, truth: PlantedTruth, seed: int) -> Modality:
    """A noisy view of some of the items' factors, through a random non-linear map."""
    width, shown, missing = _MODALITIES[name]
    rng = np.random.default_rng([seed, 2, list(_MODALITIES).index(name)])
    factors = truth.factors[:, shown]
    mixing = rng.normal(size=(factors.shape[1], width)) / np.sqrt(factors.shape[1])
    features = np.tanh(factors @ mixing) + _NOISE * rng.normal(size=(len(factors), width))
    present = rng.random(len(factors)) >= missing
    features[~present] = 0.0
    return Modality(name, features.astype(np.float32), present)


def _titles(genres: np.ndarray, rng: np.random.Generator) -> tuple[str, ...]:
    forms = rng.integers(len(_FORMS), size=len(genres))
    return tuple(
        f"{_GENRES[genre].capitalize()} {_FORMS[form]} #{number}"
        for number, (genre, form) in enumerate(zip(genres, forms, strict=True), start=1)
    )


@register_dataset("synthetic", data_dir=False, sizes=True)
def generate_synthetic(options: DatasetOptions) -> Dataset:
    """Generates users, items, interactions, three modalities and titles.

    The same options give the same data. Memory holds one block of users x items at a time. User ids
    are strings, item ids integers.

    Args:
      options: `seed`, the sizes and the split fractions.

    Returns:
      The dataset; its features are unscaled.

    Raises:
      UserError: if the sizes do not fit together.
    """
    num_users = options.num_users or _DEFAULT_USERS
    num_items = options.num_items or _DEFAULT_ITEMS
    total = options.num_interactions or _DEFAULT_INTERACTIONS
    truth, genres = plant(num_users, num_items, options.seed)
    rng = np.random.default_rng([options.seed, 3])
    counts = _activity(num_users, num_items, total, rng)
    users, items = _interactions(truth, counts, options.seed)
    split = split_per_user(
        users,
        items,
        (num_users, num_items),
        test_fraction=options.test_fraction,
        validation_fraction=options.validation_fraction,
        seed=options.seed,
    )
    digits = len(str(num_users))
    return Dataset(
        name="synthetic",
        user_ids=np.array([f"user{n:0{digits}d}" for n in range(1, num_users + 1)], object),
        item_ids=np.arange(1, num_items + 1, dtype=np.int64),
        item_titles=_titles(genres, rng),
        modalities=tuple(_modality(name, truth, options.seed) for name in _MODALITIES),
        train=split.train,
        validation=split.validation,
        test=split.test,
        split=split.recipe,
    )
