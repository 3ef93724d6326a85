"""The loop over trials, with workers that invent results."""

import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.tuning import search
from a2bm2gl_tf.tuning.search import run_search
from a2bm2gl_tf.tuning.space import Choices, Range
from a2bm2gl_tf.tuning.study import DONE, FAILED, PRUNED, TuningStudy

SPACE = (Choices("dimension", (8, 16, 32)), Choices("l2", (0.1, 1.0)))


def _values(task):
    """Validations that depend on settings, fold and seed."""
    config = task.settings
    if config.model_config.dimension == 16 and task.fold == 1:
        return "the loss is nan at step 3; lower --learning_rate"
    value = 0.01 * config.model_config.dimension + 0.1 * config.loss.l2
    return [value / 2, value + 0.001 * task.fold + 0.0001 * config.training.seed]


def _study(tmp_path, name="study", space=SPACE, search="grid", **options):
    return TuningStudy(tmp_path / name, space, search, seed=0, **options)


def _told(study):
    return [(r.number, r.state, r.picked, r.fits, r.reason) for r in study.records()]


def test_a_trial_is_the_mean_over_folds_and_seeds(tmp_path, make_fits, stub_worker):
    study, worker = _study(tmp_path), stub_worker(_values)
    fits = make_fits(folds=2, seeds=(3, 5))
    assert run_search(study, fits, [worker], 6) == len(worker.tasks) == 4 * 4 + 2 * 3
    assert worker.stopped
    assert not fits.runs.exists()
    records = study.records()
    assert [r.state for r in records].count(FAILED) == 2
    for record in records:
        if record.picked["dimension"] == 16:
            assert record.reason.startswith("the loss is nan at step 3")
            continue
        base = 0.01 * record.picked["dimension"] + 0.1 * record.picked["l2"]
        assert [(fit["fold"], fit["seed"]) for fit in record.fits] == [
            (0, 3),
            (0, 5),
            (1, 3),
            (1, 5),
        ]
        assert record.values == pytest.approx(
            [base + 0.0003, base + 0.0005, base + 0.0013, base + 0.0015]
        )
        assert record.value == pytest.approx(base + 0.0009)
        assert record.seconds == 8
    for task in worker.tasks:
        assert task.settings.model_config.seed == task.settings.training.seed


@pytest.mark.parametrize(
    ("workers", "dies_at"), [(1, 0), (1, 1), (1, 5), (1, 9), (3, 0), (3, 2), (3, 5)]
)
def test_interrupted_it_goes_on_without_doing_a_fit_twice(
    tmp_path, make_fits, stub_worker, workers, dies_at
):
    fits = make_fits(folds=2, seeds=(0, 1))
    whole = _study(tmp_path, "whole")
    run_search(whole, fits, [stub_worker(_values)], 6)
    stopped = [stub_worker(_values, dies_at) for _ in range(workers)]
    with pytest.raises(KeyboardInterrupt):
        run_search(_study(tmp_path), fits, stopped, 6)
    assert all(worker.stopped for worker in stopped)
    again = [stub_worker(_values) for _ in range(workers)]
    study = _study(tmp_path)
    run_search(study, fits, again, 6)
    by_settings = [
        sorted(_told(one), key=lambda told: tuple(told[2].values())) for one in (study, whole)
    ]
    if workers == 1:
        assert _told(study) == _told(whole)
    assert [told[1:] for told in by_settings[0]] == [told[1:] for told in by_settings[1]]
    ran = [task.directory for worker in (*stopped, *again) for task in worker.tasks]
    cut_off = (workers - 1) if workers > 1 else 0
    assert len(ran) <= 22 + cut_off + 1
    if workers == 1:
        assert len(ran) == len(set(ran)) == 22


def test_settings_that_do_not_go_together_fail_without_a_fit(tmp_path, make_fits, stub_worker):
    def settings_of(picked):
        raise UserError("--beam=3 is smaller than --top_m=9")

    study, worker = _study(tmp_path), stub_worker(_values)
    assert run_search(study, make_fits(settings_of=settings_of), [worker], 2) == 0
    assert {(r.state, r.reason) for r in study.records()} == {
        (FAILED, "--beam=3 is smaller than --top_m=9")
    }


def _falling(task):
    """Ever worse trials: each is below the median of those before it."""
    value = 1 - task.settings.training.learning_rate
    return [value, value, value, value]


@pytest.mark.parametrize("dies_at", [None, 2, 7])
def test_pruned_trials_are_recorded_and_compared_again_after_an_interruption(
    tmp_path, make_fits, stub_worker, dies_at
):
    space = (Range("learning_rate", 0.001, 0.9),)
    fits = make_fits(folds=2, pruned=True)
    whole = _study(tmp_path, "whole", space, "random", pruning="median")
    worker = stub_worker(_falling)
    run_search(whole, fits, [worker], 12)
    records = whole.records()
    ended = [r for r in records if r.state == PRUNED]
    assert ended
    assert {r.reason for r in ended} == {"ended at validation 2"}
    # The first fit of each alone is compared, and an ended trial has no second.
    done = sum(r.state == DONE for r in records)
    assert [task.compared for task in worker.tasks].count(True) == 12
    assert len(worker.tasks) == 2 * done + len(ended)
    if dies_at is not None:
        with pytest.raises(KeyboardInterrupt):
            run_search(
                _study(tmp_path, "study", space, "random", pruning="median"),
                fits,
                [stub_worker(_falling, dies_at)],
                12,
            )
        study = _study(tmp_path, "study", space, "random", pruning="median")
        run_search(study, fits, [stub_worker(_falling)], 12)
        assert _told(study) == _told(whole)


def test_a_full_disk_ends_the_search(tmp_path, make_fits, stub_worker):
    worker = stub_worker(_values)
    worker.receive = lambda: ("full", "No space left on device")
    with pytest.raises(UserError, match="No space left"):
        run_search(_study(tmp_path), make_fits(), [worker], 6)
    assert worker.stopped


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"fit": {}, "validations": []}', '{"fit": {"fold": 0}, "validations": [NaN]}'],
)
def test_a_damaged_record_of_a_fit_is_named(tmp_path, content):
    path = tmp_path / "fold0-seed0.json"
    path.write_text(content)
    with pytest.raises(UserError, match=r"fold0-seed0\.json: not .*; remove it, and the fit"):
        search._read(path)
