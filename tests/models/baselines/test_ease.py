"""EASE against its definition, and its memory."""

import numpy as np
import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models import memory
from a2bm2gl_tf.models.baselines import ease
from a2bm2gl_tf.models.baselines.ease import Ease, ease_weights
from a2bm2gl_tf.models.config import ModelConfig


@pytest.fixture(scope="module")
def interactions():
    dense = np.random.default_rng(2).random((15, 9)) < 0.4
    dense[:, 4] = False
    return dense


def test_each_column_is_a_ridge_regression_on_the_other_items(interactions, tiny_dataset):
    X = interactions.astype(np.float64)
    expected = np.zeros((9, 9))
    for item in range(9):
        others = np.delete(np.arange(9), item)
        normal = X[:, others].T @ X[:, others] + 2.5 * np.eye(8)
        expected[others, item] = np.linalg.solve(normal, X[:, others].T @ X[:, item])
    model = Ease(tiny_dataset(interactions), ModelConfig(own={"regularisation": 2.5}))
    model.solve()
    rows = np.array([3, 3, 0])
    np.testing.assert_allclose(model.weights_between_items, expected, atol=1e-5)
    np.testing.assert_allclose(model.scorer()(rows), X[rows] @ expected, atol=1e-5)
    assert not model.scorer()(rows)[:, 4].any()


def test_the_weights_are_held_once(interactions, tiny_dataset):
    model, other = (Ease(tiny_dataset(interactions), ModelConfig()) for _ in range(2))
    model.solve()
    (array,) = model.to_arrays()
    other.from_arrays([array])
    assert array is model.weights_between_items is other.weights_between_items
    assert not model.variables


def test_too_little_memory_is_said_beforehand(interactions, tiny_dataset, monkeypatch):
    monkeypatch.setattr(memory, "machine_memory_bytes", lambda: 10**6)
    monkeypatch.setattr(ease, "dense_co_occurrence", lambda train: pytest.fail("too late"))
    with pytest.raises(UserError, match=r"EASE's weights between 9 items take 0\.5 GiB"):
        Ease(tiny_dataset(interactions), ModelConfig()).solve()


def test_gowalla_fits_24_gib_and_a_larger_catalogue_does_not(monkeypatch):
    class Catalogue:
        def __init__(self, num_items):
            self.shape = (29_858, num_items)

    monkeypatch.setattr(memory, "machine_memory_bytes", lambda: 24 * 2**30)
    monkeypatch.setattr(ease, "dense_co_occurrence", lambda train: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        ease_weights(Catalogue(40_981), 300.0)
    with pytest.raises(UserError, match=r"take 37\.8 GiB, this machine has 24\.0 GiB"):
        ease_weights(Catalogue(100_000), 300.0)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_regularisation_is_positive(interactions, tiny_dataset, value):
    with pytest.raises(UserError, match=f"regularisation={value}: give a number above 0"):
        Ease(tiny_dataset(interactions), ModelConfig(own={"regularisation": value})).solve()


def test_regularisation_below_the_precision_is_refused(tiny_dataset):
    twins = tiny_dataset(np.ones((1000, 2)))
    with pytest.raises(UserError, match="too small for float32"):
        Ease(twins, ModelConfig(own={"regularisation": 1e-9})).solve()
