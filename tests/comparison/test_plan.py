import dataclasses
import itertools

import pytest

from a2bm2gl_tf.comparison.plan import Comparison, tables_of
from a2bm2gl_tf.comparison.search import draw_trials
from a2bm2gl_tf.methods.method import STRONG, Method
from a2bm2gl_tf.methods.registry import METHODS

GRID = Method("bpr_mf", "-", STRONG, "-", {"l2": 3.0}, {"l2": (1.0, 3.0), "dimension": (8, 16, 64)})


def test_trials_begin_with_the_defaults_and_do_not_repeat():
    trials = draw_trials(GRID, 100, seed=0)
    assert trials[0] == {}
    settings = [GRID.fit_settings(**trial) for trial in trials]
    # Six points, one of which is the defaults.
    assert len(trials) == 6
    assert all(one not in settings[:place] for place, one in enumerate(settings))


def test_a_larger_budget_goes_on_from_a_smaller_one():
    assert draw_trials(GRID, 5, seed=0)[:3] == draw_trials(GRID, 3, seed=0)
    assert draw_trials(GRID, 1, seed=0) == ({},)
    orders = {tuple(map(str, draw_trials(GRID, 6, seed))) for seed in range(8)}
    assert len(orders) > 1


def test_a_method_without_a_grid_has_one_trial():
    assert draw_trials(Method("popularity", "-", STRONG, "-"), 5, seed=0) == ({},)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_registered_method_can_be_planned(name, make_comparison):
    comparison = make_comparison([METHODS[name]])
    assert Comparison.from_json(comparison.to_json()).to_json() == comparison.to_json()
    cells = comparison.trial_cells(comparison.entrants[0])
    again = Comparison.from_json(comparison.to_json())
    assert [c.key for c in again.trial_cells(again.entrants[0])] == [c.key for c in cells]
    assert len({cell.key for cell in cells}) == len(cells)


def test_keys_are_those_of_earlier_versions(make_comparison):
    # Literal: a store of days of work is found again by these alone. A new setting changes them
    # too, and then has to be left out of the digest where it has its default.
    comparison = make_comparison()
    _, bpr, ours = comparison.entrants
    assert [cell.key for cell in comparison.trial_cells(bpr)] == [
        "7a1ae4c5cc13bbf1",
        "1e4ab2703ad3c26e",
        "c12a24a31f557de7",
    ]
    final = comparison.final_cells(ours, 0)[1]
    assert (final.key, final.method) == ("dcff7e3adabdf885", "a2bm2gl")
    assert comparison.identity == "1c09e4e5440d52a8"


def test_what_an_earlier_version_noted_is_contrasted_with_ours(make_comparison):
    noted = make_comparison().to_json()
    assert noted.pop("reference") == "a2bm2gl"
    assert Comparison.from_json(noted) == Comparison.from_json(make_comparison().to_json())


def test_rules_hold_for_every_cell(make_comparison, methods):
    comparison = make_comparison(epochs=7, evaluate_every=3, patience=2, refit=True, tuning_seed=4)
    for entrant in comparison.entrants:
        trials = comparison.trial_cells(entrant)
        finals = comparison.final_cells(entrant, 0)
        trainings = [cell.settings.training for cell in trials + finals]
        budgets = {(t.epochs, t.evaluate_every, t.patience, t.monitor) for t in trainings}
        assert budgets == {(7, 3, 2, "ndcg@10")}
        assert {cell.seed for cell in trials} == {4}
        assert [cell.seed for cell in finals] == [0, 1]
        assert [cell.settings.model_config.seed for cell in finals] == [0, 1]
        assert {cell.refit for cell in trials} == {False}
        assert {cell.refit for cell in finals} == {True}


def test_a_method_that_needs_content_is_left_out_without_it(make_comparison, methods):
    needy = dataclasses.replace(methods[1], needs_modalities=True)
    entrants = make_comparison([methods[0], needy]).entrants
    assert [bool(entrant.left_out) for entrant in entrants] == [False, True]


def test_one_table_a_dataset_of_the_rules_used_last(make_comparison, methods):
    popularity, bpr, ours = methods
    other = dataclasses.replace(make_comparison().data, fingerprint="other")
    begun = [
        make_comparison([ours]),
        make_comparison([bpr], data=other),
        make_comparison([popularity], trials=9),
        make_comparison([popularity, bpr]),
    ]
    tables = tables_of(begun, ["popularity", "bpr_mf", "a2bm2gl"])
    assert [[e.name for e in table.entrants] for table in tables] == [
        ["popularity", "bpr_mf", "a2bm2gl"],
        ["bpr_mf"],
    ]
    assert tables[0].rules.trials == 3


@pytest.mark.parametrize("name", sorted(METHODS))
def test_no_trial_repeats_another(name):
    method = METHODS[name]
    settings = [method.fit_settings(**trial) for trial in draw_trials(method, 10, seed=0)]
    assert all(one != other for one, other in itertools.combinations(settings, 2))
