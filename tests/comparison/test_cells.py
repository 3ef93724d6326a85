"""Keys of cells: what tells two fits apart, and what must not."""

import dataclasses

import pytest

from a2bm2gl_tf.comparison import cells
from a2bm2gl_tf.comparison.cells import TRIAL, Cell
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.methods.registry import METHODS


def _cell(**settings):
    fit = METHODS["bpr_mf"].fit_settings(**settings)
    return Cell(TRIAL, "bpr_mf", 0, {}, fit, "data", EvaluationConfig())


def test_a_younger_setting_counts_only_where_it_changes_something(monkeypatch):
    # The key that a version without the two settings gives: they are not in what it digests.
    older = dataclasses.asdict(_cell().settings)
    for name in ("semantic_l2_scale", "negative_scale"):
        del older["loss"][name]
    monkeypatch.setattr(cells, "_NEUTRAL", {})
    monkeypatch.setattr(type(_cell().settings), "to_json", lambda self: older)
    expected = _cell().fit_key
    monkeypatch.undo()
    assert _cell().fit_key == expected
    assert _cell(semantic_l2_scale=1.0, negative_scale="pair").fit_key == expected


def test_a_younger_setting_of_one_model_counts_likewise():
    fits = [
        METHODS["a2bm2gl"].fit_settings(**{"own.interaction_dropout": rate}) for rate in (0.0, 0.5)
    ]
    older = dataclasses.replace(
        fits[0], model_config=dataclasses.replace(fits[0].model_config, own={})
    )
    keys = [
        Cell(TRIAL, "a2bm2gl", 0, {}, fit, "data", EvaluationConfig()).fit_key
        for fit in (older, *fits)
    ]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize(
    "setting",
    [{"semantic_l2_scale": 2.0}, {"negative_scale": "positives"}, {"l2": 1.0}, {"seed": 1}],
)
def test_every_setting_that_changes_a_fit_changes_its_key(setting):
    assert _cell(**setting).fit_key != _cell().fit_key
