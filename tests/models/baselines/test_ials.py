"""iALS against its normal equations."""

import sys

import numpy as np
import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.models.baselines.ials import Ials
from a2bm2gl_tf.models.config import ModelConfig


@pytest.fixture(scope="module")
def interactions():
    dense = np.random.default_rng(4).random((14, 10)) < 0.3
    dense[2], dense[:, 6] = False, False
    return dense


def _model(dataset, **own):
    return Ials(dataset, ModelConfig(dimension=3, own=own))


def _solved(interactions, factors, alpha, regularisation):
    """Eq. 4 for each row of 0/1 interactions: (Y^T C Y + lambda I)^-1 Y^T C p."""
    rows = []
    for row in interactions.astype(np.float64):
        C = np.diag(1 + alpha * row)
        normal = factors.T @ C @ factors + regularisation * np.eye(factors.shape[1])
        rows.append(np.linalg.solve(normal, factors.T @ C @ row))
    return np.array(rows)


def test_rounds_solve_the_normal_equations(interactions, tiny_dataset):
    pytest.importorskip("implicit")
    model = _model(tiny_dataset(interactions), alpha=4.0, regularisation=0.7, iterations=2)
    items = np.array(model.item_factors, np.float64)
    for _ in range(2):
        users = _solved(interactions, items, 4.0, 0.7)
        items = _solved(interactions.T, users, 4.0, 0.7)
    model.solve()
    np.testing.assert_allclose(model.user_factors, users, atol=1e-4)
    np.testing.assert_allclose(model.item_factors, items, atol=1e-4)
    # Nothing is known of user 2 and item 6.
    assert not np.any(model.user_factors[2])
    assert not np.any(model.item_factors[6])


@pytest.mark.parametrize(
    ("name", "value"),
    [("alpha", -1.0), ("iterations", 0), ("regularisation", 0.0), ("regularisation", float("nan"))],
)
def test_what_is_out_of_range_is_refused(interactions, tiny_dataset, name, value):
    with pytest.raises(UserError, match=f"{name}={value}: give"):
        _model(tiny_dataset(interactions), **{name: value})


def test_a_missing_library_is_named(interactions, tiny_dataset, monkeypatch):
    monkeypatch.setitem(sys.modules, "implicit.cpu.als", None)
    with pytest.raises(UserError, match="pip install implicit"):
        _model(tiny_dataset(interactions)).solve()
