"""The hidden users and items behind generated data: who likes what, how much, and what is popular.

The utility of item v to user u is intensity_u * (taste_u . factor_v) + log popularity_v. Items have
genres and users come in clusters, but both keep something of their own, so collaborative and
content signals each explain a part. The intensity says how far a user's taste outweighs popularity:
it is what the paper calls the varying intensity of users' preferences.
"""

import dataclasses

import numpy as np

NUM_GENRES = 12
NUM_FACTORS = 12
_NUM_CLUSTERS = 16
_GENRE_SHARE = 0.8
_INDIVIDUAL_TASTE = 0.6
_MEAN_INTENSITY = 3.0
_INTENSITY_SPREAD = 0.4
_ZIPF_EXPONENT = 0.7
_ZIPF_SHIFT = 5.0


@dataclasses.dataclass(frozen=True)
class PlantedPreferences:
    """The latent variables of generated data.

    Attributes:
      genres: int64 (V,), the genre of each item, 0 to `NUM_GENRES` - 1.
      factors: float64 (V, `NUM_FACTORS`), what each item is like.
      own_factors: float64, likewise: the part of `factors` that its genre does not explain.
      tastes: float64 (U, `NUM_FACTORS`), unit rows.
      intensity: float64 (U,), positive.
      log_popularity: float64 (V,), at most 0; exp of it follows a shifted Zipf law.
    """

    genres: np.ndarray
    factors: np.ndarray
    own_factors: np.ndarray
    tastes: np.ndarray
    intensity: np.ndarray
    log_popularity: np.ndarray

    def utility(self, user_rows: np.ndarray) -> np.ndarray:
        """Utility of every item to some users.

        Args:
          user_rows: integer (b,) row numbers.

        Returns:
          float64 (b, V).
        """
        scaled = self.intensity[user_rows, None] * self.tastes[user_rows]
        return scaled @ self.factors.T + self.log_popularity

    def affinity(self, user_rows: np.ndarray, item_rows: np.ndarray) -> np.ndarray:
        """The part of the utility that is taste, of single pairs: intensity_u (taste_u . factor_v).

        Args:
          user_rows: integer (n,) row numbers.
          item_rows: integer (n,) likewise.

        Returns:
          float64 (n,).
        """
        agreement = np.einsum("nf,nf->n", self.tastes[user_rows], self.factors[item_rows])
        return self.intensity[user_rows] * agreement


def draw_preferences(
    num_users: int, num_items: int, rng: np.random.Generator
) -> PlantedPreferences:
    """Draws the latent variables.

    A taste is the unit vector of its cluster, a sparse mixture of genres, plus normal noise of
    expected length 0.6. Intensities are lognormal with mean 3. The popularity of the item of rank r
    is proportional to (r + 4)^-0.7, ranks being unrelated to genres.

    Args:
      num_users: U.
      num_items: V.
      rng: source of randomness.
    """
    centres = rng.standard_normal((NUM_GENRES, NUM_FACTORS))
    genres = rng.integers(NUM_GENRES, size=num_items)
    own_factors = np.sqrt(1 - _GENRE_SHARE**2) * rng.standard_normal((num_items, NUM_FACTORS))
    mixtures = rng.dirichlet(np.full(NUM_GENRES, 3 / NUM_GENRES), size=_NUM_CLUSTERS)
    clusters = _unit_rows(mixtures @ centres)[rng.integers(_NUM_CLUSTERS, size=num_users)]
    individual = rng.standard_normal((num_users, NUM_FACTORS)) / np.sqrt(NUM_FACTORS)
    log_intensity = _INTENSITY_SPREAD * rng.standard_normal(num_users) - _INTENSITY_SPREAD**2 / 2
    log_popularity = -_ZIPF_EXPONENT * np.log1p(rng.permutation(num_items) / _ZIPF_SHIFT)
    return PlantedPreferences(
        genres=genres,
        factors=_GENRE_SHARE * centres[genres] + own_factors,
        own_factors=own_factors,
        tastes=_unit_rows(clusters + _INDIVIDUAL_TASTE * individual),
        intensity=_MEAN_INTENSITY * np.exp(log_intensity),
        log_popularity=log_popularity,
    )


def _unit_rows(rows: np.ndarray) -> np.ndarray:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)
