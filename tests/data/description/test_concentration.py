import numpy as np
import pytest

from a2bm2gl_tf.data.description.concentration import (
    DegreeSummary,
    ccdf,
    gini,
    lorenz,
    summarise_degrees,
)


def test_ccdf_by_hand():
    values, shares = ccdf(np.array([3, 1, 0, 3]))
    # Of four, three have at least 1 and two at least 3.
    assert values.tolist() == [1, 3]
    assert shares.tolist() == [0.75, 0.5]


def test_lorenz_by_hand():
    people, share = lorenz(np.array([5, 1, 4]))
    np.testing.assert_allclose(people, [0, 1 / 3, 2 / 3, 1])
    np.testing.assert_allclose(share, [0, 0.1, 0.5, 1])


@pytest.mark.parametrize(
    ("degrees", "expected"),
    [
        ([7, 7, 7], 0),
        # One of four has all: (m - 1) / m.
        ([0, 0, 0, 9], 0.75),
        # Differences of ordered pairs 4 + 3 + 1 twice = 16, over 2 m^2 mean = 2 * 9 * 10 / 3.
        ([5, 1, 4], 16 / 60),
        ([0, 0], 0),
    ],
)
def test_gini_by_hand(degrees, expected):
    assert gini(np.array(degrees)) == pytest.approx(expected)


def test_gini_is_the_mean_difference_and_the_area_of_lorenz():
    degrees = np.random.default_rng(0).integers(0, 50, 200)
    difference = np.abs(degrees[:, None] - degrees).mean()
    assert gini(degrees) == pytest.approx(difference / (2 * degrees.mean()))
    people, share = lorenz(degrees)
    assert gini(degrees) == pytest.approx(1 - 2 * np.trapezoid(share, people), abs=1e-12)


def test_summary_by_hand():
    # 11 values of sum 22; the tenth, rounded up, is two: 7 + 6.
    degrees = np.array([7, 1, 1, 1, 6, 1, 1, 1, 1, 0, 2])
    assert summarise_degrees(degrees) == DegreeSummary(
        least=0,
        median=1.0,
        mean=2.0,
        most=7,
        once=7,
        gini=pytest.approx(gini(degrees)),
        top_tenth_share=pytest.approx(13 / 22),
    )
