import numpy as np
import pytest

from a2bm2gl_tf.data.features.image_statistics import (
    colour_histogram,
    colour_moments,
    gradient_orientations,
    local_binary_patterns,
)

VERTICAL = np.tile(np.repeat([0.0, 1.0], 4), (24, 3))
HORIZONTAL = VERTICAL.T


@pytest.mark.parametrize(
    ("hsv", "place"),
    [
        ((0, 255, 255), (0, 3, 3)),
        # Hues on both sides of red.
        ((250, 255, 255), (0, 3, 3)),
        ((15, 255, 255), (0, 3, 3)),
        ((16, 255, 255), (1, 3, 3)),
        ((239, 255, 255), (7, 3, 3)),
        ((128, 64, 63), (4, 1, 0)),
        ((0, 0, 128), (0, 0, 2)),
    ],
)
def test_a_plain_picture_has_one_colour(hsv, place):
    histogram = colour_histogram(np.full((6, 6, 3), hsv, np.uint8)).reshape(8, 4, 4)
    assert histogram[place] == 1
    assert histogram.sum() == 1


def test_moments_of_each_cell():
    rgb = np.zeros((6, 6, 3))
    rgb[:2, 2:4, 0] = 1.0
    rgb[4:, 4:, 2] = [[0.0, 0.5], [0.5, 1.0]]
    moments = colour_moments(rgb, 3).reshape(3, 3, 6)
    assert moments[0, 1].tolist() == [1, 0, 0, 0, 0, 0]
    assert moments[2, 2].tolist() == [0, 0, 0.5, 0, 0, 0.125]
    assert np.count_nonzero(moments) == 3


def test_stripes_point_across():
    vertical = gradient_orientations(VERTICAL, 3).reshape(9, 9)
    horizontal = gradient_orientations(HORIZONTAL, 3).reshape(9, 9)
    # Vertical stripes: every gradient at 0 degrees, in all nine cells alike.
    assert (vertical[:, 1:] == 0).all()
    assert (vertical[:, 0] > 0).all()
    # Horizontal ones: 90 degrees, halfway between 80 and 100.
    assert np.allclose(horizontal[:, 4], horizontal[:, 5])
    assert (horizontal[:, 4] > 0).all()
    np.testing.assert_allclose(np.delete(horizontal, [4, 5], axis=1), 0, atol=1e-12)
    for histogram in (vertical, horizontal):
        assert np.linalg.norm(histogram) == pytest.approx(1)


def test_direction_counts_modulo_half_a_turn():
    np.testing.assert_allclose(
        gradient_orientations(1 - HORIZONTAL, 3), gradient_orientations(HORIZONTAL, 3), atol=1e-12
    )


def test_a_diagonal_ramp_is_shared_by_its_bins():
    ramp = np.add.outer(np.arange(6.0), np.arange(6.0)) / 12
    histogram = gradient_orientations(ramp, 1)
    # 45 degrees: a quarter of the way from 40 to 60.
    assert histogram[2] / histogram[3] == pytest.approx(3)
    assert histogram[[0, 1, 4, 5, 6, 7, 8]].tolist() == [0] * 7


def test_a_plain_picture_has_no_direction():
    assert not gradient_orientations(np.full((9, 9), 0.3), 3).any()


def pattern_bin(patch):
    (place,) = np.flatnonzero(local_binary_patterns(np.array(patch, np.uint8)))
    return place


def uniform_patterns():
    def changes(pattern):
        return sum((pattern >> k & 1) != (pattern >> (k + 1) % 8 & 1) for k in range(8))

    return [pattern for pattern in range(256) if changes(pattern) <= 2]


def test_there_are_58_uniform_patterns():
    assert len(uniform_patterns()) == 58
    assert len(local_binary_patterns(np.zeros((3, 3), np.uint8))) == 59


@pytest.mark.parametrize(
    ("patch", "pattern"),
    [
        ([[5, 5, 5], [5, 5, 5], [5, 5, 5]], 255),
        ([[1, 1, 1], [1, 5, 1], [1, 1, 1]], 0),
        # Bits run clockwise from the upper left.
        ([[9, 1, 1], [1, 5, 1], [1, 1, 1]], 1),
        ([[1, 9, 9], [1, 5, 9], [1, 1, 1]], 0b1110),
        ([[1, 1, 1], [9, 5, 1], [1, 1, 1]], 128),
    ],
)
def test_uniform_patterns_have_bins_in_order(patch, pattern):
    assert pattern_bin(patch) == uniform_patterns().index(pattern)


def test_other_patterns_share_the_last_bin():
    assert pattern_bin([[9, 1, 9], [1, 5, 1], [9, 1, 9]]) == 58


def test_patterns_are_shares_of_the_inner_pixels():
    grey = np.array([[1, 1, 1, 1], [1, 5, 1, 1], [1, 1, 1, 1]], np.uint8)
    # A peak, and a flat pixel whose left neighbour is brighter.
    histogram = local_binary_patterns(grey)
    uniform = uniform_patterns()
    assert histogram[uniform.index(0)] == 0.5
    assert histogram[uniform.index(255)] == 0.5
