"""Similarity over several modalities, by hand."""

import numpy as np

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.graph.content_neighbours import content_neighbours


def test_cosines_are_averaged_over_the_modalities_that_both_have():
    first = np.array([[1, 0], [2, 0], [0, 3], [1, 1], [0, 0]], np.float32)
    second = np.array([[1, 0], [0, 1], [0, 5], [0, 0], [0, 0]], np.float32)
    modalities = (
        Modality("first", first, np.array([True, True, True, True, False])),
        Modality("second", second, np.array([True, True, True, False, False])),
    )
    found = content_neighbours(modalities, 5, 2).toarray()
    half, root = 0.5, 0.5**0.5
    # Pairs 01 and 12 agree in one of two modalities, 02 in none; item 3 has the first alone, at an
    # angle of 45 degrees to all: root / sqrt(2 * 1) = 1/2. Ties go to the lower row.
    expected = np.zeros((5, 5))
    expected[0, [1, 3]] = half, root * root
    expected[1, [0, 2]] = half, half
    expected[2, [1, 3]] = half, half
    expected[3, [0, 1]] = half, half
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_opposite_and_absent_content_is_no_neighbour():
    features = np.array([[1, 0], [-1, 0], [0, 1]], np.float32)
    assert content_neighbours((Modality("m", features, np.ones(3, bool)),), 3, 2).nnz == 0
    assert content_neighbours((), 3, 2).shape == (3, 3)
