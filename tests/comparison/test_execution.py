"""Real fits: in this process, and in one that is killed."""

import os
import signal

import numpy as np
import pytest

from a2bm2gl_tf.comparison.execution import run_cell
from a2bm2gl_tf.comparison.plan import DataSummary
from a2bm2gl_tf.comparison.source import source_digest
from a2bm2gl_tf.comparison.worker import MethodProcess
from a2bm2gl_tf.evaluation.evaluate import evaluate
from a2bm2gl_tf.methods.fitting import fit, model_scores
from a2bm2gl_tf.methods.fitting import test_seen as seen_in_test
from a2bm2gl_tf.methods.method import STRONG, Method

SETTINGS = {
    "loss": "bpr",
    "structural_weight": 0.0,
    "dimension": 4,
    "batch_users": 30,
}
BPR = Method("bpr_mf", "BPR-MF", STRONG, "-", SETTINGS, {"learning_rate": (1e30,)})
TINY = DataSummary("feed", "tiny", "60 users", "by hand", True)


@pytest.fixture
def cells(make_comparison):
    """A good trial, one that diverges, and two final cells of the first."""

    def make(**rules):
        budget = {"epochs": 4, "evaluate_every": 2}
        comparison = make_comparison([BPR], data=TINY, **budget, **rules)
        (entrant,) = comparison.entrants
        good, diverging = comparison.trial_cells(entrant)
        return good, diverging, *comparison.final_cells(entrant, 0)

    return make


def test_a_trial_is_not_tested_and_a_final_cell_is(cells, small_dataset, tmp_path):
    trial, _, final, other = cells()
    path = tmp_path / "users.npz"
    tuned = run_cell(trial, small_dataset, tmp_path / trial.fit_key, path)
    assert "test" not in tuned
    assert not path.exists()
    assert tuned["stopped"] == "epochs"
    assert tuned["steps"] == 8
    before = (tmp_path / trial.fit_key / "metrics.jsonl").read_bytes()
    assert tuned["source"] == source_digest()
    (tmp_path / trial.fit_key / "sources.json").write_text('["earlier"]')
    tested = run_cell(final, small_dataset, tmp_path / final.fit_key, path)
    # The same fit, found finished and not done over, with its time.
    assert (tmp_path / final.fit_key / "metrics.jsonl").read_bytes() == before
    assert tested["seconds"] == tuned["seconds"]
    assert tested["source"] == f"earlier+{source_digest()}"
    assert tested["validation"] == tuned["validation"]
    with np.load(path) as file:
        assert file["ndcg@10"].mean() == pytest.approx(tested["test"]["ndcg@10"])
        np.testing.assert_array_equal(file["users"], small_dataset.test.getnnz(axis=1).nonzero()[0])
    again = run_cell(other, small_dataset, tmp_path / other.fit_key, path)
    assert again["test"] != tested["test"]
    model, _ = fit(
        final.settings, small_dataset, final.evaluation, tmp_path / "own", None,
        small_dataset.validation,
    )  # fmt: skip
    expected = evaluate(
        model_scores(model), small_dataset.test, seen_in_test(small_dataset, final.evaluation), [10]
    )
    assert tested["test"] == pytest.approx(expected.means, rel=1e-4)


def test_refit_learns_from_validation_data_too(cells, small_dataset, tmp_path):
    _, _, plain, _ = cells()
    _, _, final, _ = cells(refit=True)
    assert final.fit_key == plain.fit_key
    path = tmp_path / "users.npz"
    first = run_cell(plain, small_dataset, tmp_path / "run", path)
    second = run_cell(final, small_dataset, tmp_path / "run", path)
    assert second["validation"] == first["validation"]
    assert second["test"] != first["test"]
    assert second["seconds"] > first["seconds"]
    assert (tmp_path / "run" / "refit" / "checkpoints").is_dir()


def test_failures_are_records_and_the_next_cell_runs(cells, small_dataset, tmp_path):
    good, diverging, final, _ = cells()
    worker = MethodProcess("bpr_mf", small_dataset, tmp_path)
    try:
        failed = worker.run(diverging)
        assert failed["status"] == "failed"
        assert "learning_rate" in failed["reason"]
        done = worker.run(good)
        assert done["status"] == "done"
        assert done["peak_memory_bytes"] > 2**26
        os.kill(worker._process.pid, signal.SIGKILL)
        killed = worker.run(final)
        assert killed["reason"] == "its process was killed, most likely for want of memory"
        assert killed["key"] == final.key
        assert worker.run(final)["status"] == "done"
        assert (tmp_path / "per_user" / f"{final.key}.npz").is_file()
    finally:
        worker.stop()
    assert "ndcg@10" in (tmp_path / "logs" / "bpr_mf.log").read_text()
