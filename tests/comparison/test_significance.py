import numpy as np
import pytest
import scipy.stats

from a2bm2gl_tf.comparison.significance import holm, paired_p_value, stars


def test_holm_by_hand():
    # Ascending: .01 x 4, .02 x 3, .03 x 2, .5 x 1; the third may not fall below the second.
    np.testing.assert_allclose(holm([0.03, 0.01, 0.5, 0.02]), [0.06, 0.04, 0.5, 0.06])
    np.testing.assert_allclose(holm([0.6, 0.7]), [1.0, 1.0])
    assert holm([]) == []


def test_holm_keeps_false_alarms_rare():
    rng = np.random.default_rng(0)
    alarms = [min(holm(list(rng.random(26)))) < 0.05 for _ in range(2000)]
    assert np.mean(alarms) < 0.07


def test_paired_t_by_hand():
    # Differences 1, 2, 3: mean 2, standard error 1 / sqrt(3), t = 2 sqrt(3) with 2 degrees.
    expected = 2 * scipy.stats.t.sf(2 * np.sqrt(3), df=2)
    assert paired_p_value([2, 4, 6], [1, 2, 3]) == pytest.approx(expected)


def test_a_planted_difference_is_found_and_none_is_not():
    rng = np.random.default_rng(1)
    users = rng.random(400)
    better = users + 0.02 + 0.1 * rng.standard_normal(400)
    same = users + 0.1 * rng.standard_normal(400)
    assert paired_p_value(better, users) < 0.01
    assert paired_p_value(users, better) == pytest.approx(paired_p_value(better, users))
    assert paired_p_value(same, users) > 0.05


def test_the_test_agrees_with_randomisation():
    rng = np.random.default_rng(2)
    differences = np.where(rng.random(300) < 0.6, 0.0, rng.exponential(size=300) - 0.8)
    flips = rng.choice([-1.0, 1.0], size=(20000, 300)) @ differences
    randomised = np.mean(np.abs(flips) >= abs(differences.sum()))
    assert paired_p_value(differences, np.zeros(300)) == pytest.approx(randomised, abs=0.01)


def test_degenerate_differences():
    assert paired_p_value([0.1, 0.2], [0.1, 0.2]) == 1.0
    assert paired_p_value([0.5], [0.1]) == 1.0
    assert paired_p_value([1.0, 2.0, 3.0], [0.0, 1.0, 2.0]) == 0.0


def test_stars():
    assert [stars(p) for p in (0.009, 0.01, 0.049, 0.05)] == ["**", "*", "*", ""]
