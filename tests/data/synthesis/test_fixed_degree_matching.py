import itertools

import numpy as np
import pytest

from a2bm2gl_tf.data.synthesis.fixed_degree_matching import draw_item_degrees, match_by_taste
from a2bm2gl_tf.data.synthesis.planted_preferences import PlantedPreferences, draw_preferences


def _preferences(wishes, offers):
    """Latent variables of given tastes and factors; the rest has no part in matching."""
    wishes, offers = np.array(wishes, float), np.array(offers, float)
    blank = np.zeros(len(offers))
    return PlantedPreferences(
        blank.astype(int), offers, offers, wishes, np.ones(len(wishes)), blank
    )


def test_degrees_are_kept_and_no_pair_repeats():
    rng = np.random.default_rng(0)
    preferences = draw_preferences(30, 40, rng)
    user_degrees = rng.multinomial(260, np.full(30, 1 / 30))
    item_degrees = draw_item_degrees(260, np.exp(3 * preferences.log_popularity), 25, rng)
    users, items = match_by_taste(user_degrees, item_degrees, preferences, rng, sweeps=20)
    np.testing.assert_array_equal(np.bincount(users, minlength=30), user_degrees)
    np.testing.assert_array_equal(np.bincount(items, minlength=40), item_degrees)
    assert len(set(zip(users.tolist(), items.tolist(), strict=True))) == 260


def test_the_chain_reaches_the_distribution_it_should():
    # Three users and three items of degree 1: six matchings, each with probability
    # proportional to exp(sum of affinities).
    wishes = [[1.0, 0.0], [0.0, 1.0], [0.5, -0.5]]
    offers = [[1.2, 0.0], [0.0, 0.9], [-0.4, 0.3]]
    preferences = _preferences(wishes, offers)
    affinity = np.array(wishes) @ np.array(offers).T
    weights = {
        order: np.exp(sum(affinity[user, item] for user, item in enumerate(order)))
        for order in itertools.permutations(range(3))
    }
    ones = np.ones(3, np.int64)
    counts = dict.fromkeys(weights, 0)
    rng = np.random.default_rng(5)
    for _ in range(6000):
        _, items = match_by_taste(ones, ones, preferences, rng, sweeps=12)
        counts[tuple(items.tolist())] += 1
    for order, weight in weights.items():
        expected = weight / sum(weights.values())
        # Four standard deviations of a share of 6000 draws.
        tolerance = 4 * np.sqrt(expected * (1 - expected) / 6000)
        assert abs(counts[order] / 6000 - expected) < tolerance


def test_item_degrees_follow_popularity_up_to_the_largest():
    rng = np.random.default_rng(0)
    degrees = draw_item_degrees(1000, np.array([50.0, 1.0, 1.0, 1.0] + [0.5] * 6), 400, rng)
    assert degrees.sum() == 1000
    assert degrees[0] == 400
    assert degrees.min() >= 1
    assert degrees[1:4].sum() > degrees[4:].sum() * 0.8


def test_what_cannot_be_matched_is_refused():
    preferences = draw_preferences(2, 2, np.random.default_rng(0))
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="differ in sum"):
        match_by_taste(np.array([1, 1]), np.array([1, 2]), preferences, rng)
    # One user twice with the only item: the pair must repeat.
    with pytest.raises(ValueError, match="too dense"):
        match_by_taste(np.array([2, 0]), np.array([2, 0]), preferences, rng)
