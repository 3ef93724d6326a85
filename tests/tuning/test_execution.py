"""Real fits: in this process, and in one that is killed."""

import os
import signal

import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.methods.fitting import evaluate_model, fit
from a2bm2gl_tf.methods.registry import find_method
from a2bm2gl_tf.tuning.execution import FitTask, run_fit
from a2bm2gl_tf.tuning.folds import cross_validation, without_test
from a2bm2gl_tf.tuning.worker import VALIDATED, FitProcess

EVALUATION = EvaluationConfig((10,))


def _settings(**values):
    small = {"dimension": 4, "batch_users": 30, "epochs": 6, "evaluate_every": 2, "patience": 0}
    return find_method("bpr_mf").fit_settings(**(small | values))


@pytest.fixture(scope="module")
def folds(small_dataset):
    return cross_validation(without_test(small_dataset), 2, seed=0)


def test_a_fit_learns_from_its_fold_and_is_ended_by_a_no(folds, tmp_path):
    asked = []

    def goes_on(value):
        asked.append(value)
        return len(asked) < 5

    task = FitTask(_settings(), 1, tmp_path / "whole", compared=True)
    done = run_fit(task, folds, EVALUATION, goes_on)
    assert not done["pruned"]
    assert len(asked) == 3
    assert done["value"] == max(asked)
    model, progress = fit(
        _settings(), folds[1], EVALUATION, tmp_path / "again", validation=folds[1].validation
    )
    means = evaluate_model(model, folds[1].validation, folds[1].train, EVALUATION).means
    assert means["ndcg@10"] == pytest.approx(done["value"], abs=1e-6)
    assert progress.best_step == done["best_step"]

    ended = run_fit(FitTask(_settings(), 0, tmp_path / "b", True), folds, EVALUATION, goes_on)
    assert ended["pruned"]
    assert "value" not in ended
    assert len(asked) == 5
    # A fit that is not compared asks nobody.
    quiet = run_fit(FitTask(_settings(), 0, tmp_path / "c", False), folds, EVALUATION, None)
    assert quiet["value"] > 0


def test_diverging_is_a_users_mistake(folds, tmp_path):
    task = FitTask(_settings(learning_rate=1e30), 0, tmp_path / "fit", False)
    with pytest.raises(UserError, match="learning_rate"):
        run_fit(task, folds, EVALUATION, None)


@pytest.mark.slow
def test_a_process_that_dies_fails_its_task_alone(folds, tmp_path):
    process = FitProcess(folds, EVALUATION, tmp_path / "worker.log")
    try:
        process.send(FitTask(_settings(epochs=100_000), 0, tmp_path / "long", True))
        assert process.receive()[0] == VALIDATED
        os.kill(process._process.pid, signal.SIGKILL)
        assert process.receive() == (
            "failed",
            "its process was killed, most likely for want of memory",
        )
        process.send(FitTask(_settings(), 0, tmp_path / "short", True))
        assert process.receive()[0] == VALIDATED
        process.go_on(False)
        kind, answer = process.receive()
        assert (kind, answer["pruned"]) == ("done", True)
    finally:
        process.stop()
