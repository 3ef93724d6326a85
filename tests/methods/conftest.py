"""One fit of every method, shared by the tests that look at it."""

import pytest
import tensorflow as tf

import a2bm2gl_tf.data  # noqa: F401 - makes the readers known
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.methods.estimator import Estimator
from a2bm2gl_tf.methods.registry import METHODS

# Small enough for seconds; everything that this does not name is the method's default.
SMALL = {
    "dimension": 16,
    "knn": 5,
    "top_m": 10,
    "epochs": 60,
    "batch_users": 128,
    "evaluate_every": 15,
    "refresh_every": 30,
}


@pytest.fixture(scope="session", autouse=True)
def _deterministic_ops():
    tf.config.experimental.enable_op_determinism()


@pytest.fixture(scope="session")
def planted():
    """Generated data with enough interactions a user to learn from."""
    return load_dataset(
        "synthetic",
        DatasetOptions(num_users=300, num_items=200, num_interactions=6000, seed=1),
    )


@pytest.fixture(scope="session")
def small_estimator():
    """A function of a method's name, and settings, to its estimator at a size for tests."""

    def make(name: str, **values) -> Estimator:
        settings = METHODS[name].fit_settings(**{**SMALL, **values})
        return Estimator(settings, EvaluationConfig(top_k=(10,)))

    return make


@pytest.fixture(scope="session")
def fitted(planted, small_estimator, tmp_path_factory):
    """A function of a method's name to its estimator, fitted once."""
    done = {}

    def fit(name: str) -> Estimator:
        if name not in done:
            done[name] = small_estimator(name)
            done[name].fit(planted, tmp_path_factory.mktemp(name) / "run")
        return done[name]

    return fit
