import optuna
import pytest

from a2bm2gl_tf.tuning.space import Choices, Range
from a2bm2gl_tf.tuning.study import (
    DONE,
    FAILED,
    PRUNED,
    UNFINISHED,
    TuningStudy,
    best_of,
    number_of_points,
)

GRID = (Choices("dimension", (8, 16, 32)), Choices("loss", ("bpr", "wr")))
RANGES = (
    Range("learning_rate", 1e-3, 1e-1, log=True),
    Range("dimension", 4, 8),
    Choices("own.hidden", ((64, 32), (32,))),
)


def _fits(value):
    return [{"fold": 0, "seed": 0, "value": value, "best_step": 3, "seconds": 1.0}]


def _value(picked):
    return sum(len(str(value)) * 0.1 for value in picked.values()) % 0.7


def _run(study, budget, stop_after=None):
    """Runs trials to the end, or leaves the one open that follows after some."""
    finished = 0
    while (trial := study.begin(budget)) is not None:
        if finished == stop_after:
            return
        if study.picked(trial).get("dimension") == 16:
            study.fail(trial, "loss is nan")
        else:
            study.finish(trial, _fits(_value(study.picked(trial))))
        finished += 1


def _told(study):
    return [(r.number, r.state, r.picked, r.values, r.reason) for r in study.records()]


@pytest.mark.parametrize(
    ("space", "search"),
    [
        (GRID, "grid"),
        (GRID, "one_at_a_time"),
        (GRID, "random"),
        (GRID, "tpe"),
        (RANGES, "random"),
        (RANGES, "tpe"),
    ],
)
def test_however_it_is_interrupted_the_trials_are_the_same(tmp_path, space, search):
    whole = TuningStudy(tmp_path / "whole", space, search, seed=5)
    _run(whole, 14)
    assert len(whole.records()) == min(14, number_of_points(space, search))
    for stop in (0, 1, 3):
        path = tmp_path / f"stopped{stop}"
        _run(TuningStudy(path, space, search, seed=5), 14, stop_after=stop)
        assert [r.state for r in TuningStudy(path, space, search, seed=5).records()][-1] == (
            UNFINISHED
        )
        # Killed again before anything else happens.
        _run(TuningStudy(path, space, search, seed=5), 14, stop_after=0)
        again = TuningStudy(path, space, search, seed=5)
        _run(again, 14)
        assert _told(again) == _told(whole)
    other = TuningStudy(tmp_path / "other", space, search, seed=6)
    _run(other, 14)
    # The order of changes is not drawn.
    assert (_told(other) == _told(whole)) == (search == "one_at_a_time")


@pytest.mark.parametrize("call", ["enqueue_trial", "set_user_attr", "tell"])
def test_killed_while_it_draws_again_nothing_is_lost_or_doubled(tmp_path, monkeypatch, call):
    whole = TuningStudy(tmp_path / "whole", RANGES, "random", seed=5)
    _run(whole, 4)
    path = tmp_path / "stopped"
    _run(TuningStudy(path, RANGES, "random", seed=5), 4, stop_after=2)

    def die(*arguments, **named):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(optuna.Study, call, die)
        with pytest.raises(KeyboardInterrupt):
            TuningStudy(path, RANGES, "random", seed=5)
    again = TuningStudy(path, RANGES, "random", seed=5)
    _run(again, 4)
    assert _told(again) == _told(whole)


def test_choices_are_drawn_without_repetition_and_run_out(tmp_path):
    study = TuningStudy(tmp_path / "study", GRID, "random", seed=0)
    _run(study, 100)
    drawn = [tuple(record.picked.values()) for record in study.records()]
    assert sorted(drawn) == sorted((d, loss) for d in (8, 16, 32) for loss in ("bpr", "wr"))
    assert study.begin(100) is None


def test_a_change_is_told_by_itself(tmp_path):
    listed = TuningStudy(tmp_path / "listed", GRID, "one_at_a_time", seed=0)
    _run(listed, 3)
    told = [listed.told(record) for record in listed.records()]
    assert told == [{}, {"dimension": 16}, {"dimension": 32}]
    grid = TuningStudy(tmp_path / "grid", GRID, "grid", seed=0)
    _run(grid, 1)
    assert grid.told(grid.records()[0]) == grid.records()[0].picked


def test_a_larger_budget_goes_on(tmp_path):
    for search in ("random", "tpe"):
        study = TuningStudy(tmp_path / search, RANGES, search, seed=0)
        _run(study, 3)
        first = _told(study)
        _run(study, 6)
        assert _told(study)[:3] == first
        assert len(first) == 3
        assert len(_told(study)) == 6


def test_values_come_back_as_they_are(tmp_path):
    study = TuningStudy(tmp_path / "study", RANGES, "random", seed=0)
    picked = study.picked(study.begin(9))
    assert picked["own.hidden"] in ((64, 32), (32,))
    assert isinstance(picked["dimension"], int)
    assert 1e-3 <= picked["learning_rate"] <= 1e-1


def test_tpe_takes_what_is_known_of_settings_that_it_draws_again(tmp_path):
    space = (Choices("dimension", (8, 16, 32)),)
    study = TuningStudy(tmp_path / "study", space, "tpe", seed=1)
    asked = 0
    while (trial := study.begin(3)) is not None:
        study.finish(trial, _fits(0.1 * study.picked(trial)["dimension"]))
        asked += 1
    records = study.records()
    assert len(records) == 3
    repeated = [record for record in records if record.reason]
    assert asked == 3 - len(repeated) == len({record.picked["dimension"] for record in records})
    assert repeated, "this seed repeats"
    for record in repeated:
        same = records[int(record.reason.removeprefix("the settings of trial ")) - 1]
        assert (record.picked, record.values) == (same.picked, same.values)


def test_the_best_is_the_first_of_the_highest_mean(tmp_path):
    study = TuningStudy(tmp_path / "study", GRID, "grid", seed=0)
    for values in ([0.1, 0.3], [0.5, 0.1], [0.1, 0.5], None, "pruned"):
        trial = study.begin(6)
        if values is None:
            study.fail(trial, "it diverged")
        elif values == "pruned":
            study.goes_on(trial, 1, 0.9)
            study.prune(trial, "ended at validation 1")
        else:
            study.finish(trial, [fit for value in values for fit in _fits(value)])
    records = study.records()
    assert [r.state for r in records] == [DONE, DONE, DONE, FAILED, PRUNED]
    best = best_of(records)
    assert best.number == 2
    assert best.value == pytest.approx(0.3)
    assert best.deviation == pytest.approx(0.4 / 2**0.5)
    assert records[3].value is None
    assert records[3].reason == "it diverged"
    assert best_of(records[3:]) is None


def _validate(study, values):
    """Runs a trial of some validations; how many it came to."""
    trial = study.begin(100)
    for number, value in enumerate(values, start=1):
        if not study.goes_on(trial, number, value):
            study.prune(trial, f"ended at validation {number}")
            return number
    study.finish(trial, _fits(max(values)))
    return len(values)


def test_median_ends_what_lies_below_it_after_the_first_validation(tmp_path):
    study = TuningStudy(tmp_path / "study", RANGES, "random", seed=0, pruning="median")
    for level in (0.1, 0.2, 0.3, 0.4):
        assert _validate(study, [level, level + 0.1, level + 0.2]) == 3
    # The medians are .25, .35 and .45.
    assert _validate(study, [0.0, 0.34, 0.9]) == 2
    assert study.records()[-1].state == PRUNED
    assert _validate(study, [0.0, 0.36, 0.44]) == 3
    assert study.records()[-1].state == PRUNED
    assert _validate(study, [0.0, 0.36, 0.46]) == 3
    assert study.records()[-1].state == DONE
    # What counts is its best value so far.
    assert _validate(study, [0.9, 0.0, 0.0]) == 3
    assert study.records()[-1].state == DONE


def test_halving_keeps_the_better_half(tmp_path):
    study = TuningStudy(tmp_path / "study", RANGES, "random", seed=0, pruning="halving")
    assert _validate(study, [0.1, 0.5, 0.5, 0.5]) == 4
    assert _validate(study, [0.9, 0.4, 0.9, 0.9]) == 2
    assert _validate(study, [0.0, 0.6, 0.1, 0.6]) == 4
    assert _validate(study, [0.0, 0.7, 0.1, 0.3]) == 4
    assert [r.state for r in study.records()] == [DONE, PRUNED, DONE, PRUNED]
