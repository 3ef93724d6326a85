import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from a2bm2gl_tf.data.features.modality import Modality
from a2bm2gl_tf.serving.feature_map import FeatureMap, Regression


@pytest.fixture
def content():
    rng = np.random.default_rng(4)
    present = rng.random(30) < 0.8
    features = rng.normal(size=(30, 3)).astype(np.float32) * present[:, None]
    other = rng.normal(size=(30, 2)).astype(np.float32)
    return (
        Modality("title", features, present),
        Modality("image", other, np.ones(30, bool)),
    )


def _direct(features, wanted, weights, ridge):
    """The normal equations, with means that the ridge does not touch."""
    weights = weights / weights.mean()
    mean_x, mean_t = (np.average(m, axis=0, weights=weights) for m in (features, wanted))
    centred = features - mean_x
    gram = centred.T @ (weights[:, None] * centred)
    unit = np.trace(gram) / len(gram)
    slopes = np.linalg.solve(
        gram + ridge * unit * np.eye(len(gram)), centred.T @ (weights[:, None] * (wanted - mean_t))
    )
    return slopes, mean_t - mean_x @ slopes


def test_one_column_by_hand():
    # Features -1, 0, 1 and counts alike: mean 0, squares 2, unit 2. Wanted 0, 3, 6: slope
    # 6 / (2 + 1 * 2) = 1.5, bias 3.
    modality = Modality("x", np.array([[-1], [0], [1]], np.float32), np.ones(3, bool))
    regression = Regression([modality], np.array([[0], [3], [6]]), np.array([4, 4, 4]))
    slopes, bias = regression.solution(1.0)
    np.testing.assert_allclose(slopes, [[1.5]])
    np.testing.assert_allclose(bias, [3.0])
    new = FeatureMap([modality], slopes, bias)(
        [tf.constant([[2.0], [9.0]])], [tf.constant([True, False])]
    )
    # A missing modality counts as zeros.
    np.testing.assert_allclose(new, [[6.0], [3.0]])


def test_solution_equals_the_weighted_normal_equations(content):
    rng = np.random.default_rng(5)
    wanted = rng.normal(size=(30, 4))
    counts = rng.integers(0, 9, 30)
    regression = Regression(content, wanted, counts)
    rows = np.flatnonzero(counts > 0)
    np.testing.assert_array_equal(regression.rows, rows)
    features = np.hstack([m.features for m in content])[rows].astype(np.float64)
    for ridge in (0.01, 1.0):
        expected = _direct(features, wanted[rows], np.sqrt(counts[rows]), ridge)
        for found, right in zip(regression.solution(ridge), expected, strict=True):
            np.testing.assert_allclose(found, right, rtol=1e-6, atol=1e-9)


def test_left_out_predictions_equal_fits_without_the_item(content):
    # With the means of all items and the same ridge, as documented.
    rng = np.random.default_rng(6)
    wanted, counts = rng.normal(size=(30, 2)), rng.integers(1, 9, 30)
    regression = Regression(content, wanted, counts)
    features = np.hstack([m.features for m in content]).astype(np.float64)
    weights = np.sqrt(counts)
    weights = weights / weights.mean()
    mean_x, mean_t = (np.average(m, axis=0, weights=weights) for m in (features, wanted))
    x, t = features - mean_x, wanted - mean_t
    ridge = 0.3 * np.trace(x.T @ (weights[:, None] * x)) / x.shape[1] * np.eye(x.shape[1])
    found = regression.left_out(0.3)
    for item in range(30):
        kept = np.arange(30) != item
        a, b = x[kept], weights[kept, None]
        slopes = np.linalg.solve(a.T @ (b * a) + ridge, a.T @ (b * t[kept]))
        np.testing.assert_allclose(found[item], mean_t + x[item] @ slopes, rtol=1e-6, atol=1e-9)
    missed = np.square(found - wanted).sum(axis=1) @ weights
    np.testing.assert_allclose(
        regression.error(0.3), missed / (np.square(t).sum(axis=1) @ weights), rtol=1e-9
    )


def test_items_without_content_or_interactions_have_no_say(content):
    rng = np.random.default_rng(7)
    wanted, counts = rng.normal(size=(30, 2)), np.ones(30, int)
    counts[3] = 0
    only = dataclasses.replace(content[0])
    regression = Regression([only], wanted, counts)
    assert set(regression.rows) == set(np.flatnonzero(only.present)) - {3}
    with pytest.raises(ValueError, match="no item with content has an interaction"):
        Regression([only], wanted, np.zeros(30, int))
