"""A comparison with a worker that invents its results."""

import numpy as np
import pytest

from a2bm2gl_tf.comparison.cells import FINAL
from a2bm2gl_tf.comparison.plan import DataSummary, Rules, plan
from a2bm2gl_tf.comparison.runner import run_missing
from a2bm2gl_tf.comparison.store import ResultStore
from a2bm2gl_tf.comparison.summary import summarise
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.methods.method import OURS, STRONG, Method

DATA = DataSummary("feed", "tiny", "3 users, 4 items", "by hand; whole_catalogue", False)
METHODS = (
    Method("popularity", "Popularity", STRONG, "-"),
    Method("bpr_mf", "BPR|MF", STRONG, "-", search={"l2": (0.1, 1.0, 3.0)}),
    Method("a2bm2gl", "A2BM2GL", OURS, "-", search={"dimension": (8, 64)}),
)

RNG = np.random.default_rng(0)
OURS = RNG.random(50)
TESTED = {
    "a2bm2gl": OURS,
    "bpr_mf": OURS + 0.05 + 0.01 * RNG.standard_normal(50),
    "popularity": OURS - 0.02 * RNG.standard_normal(50) ** 2,
}
TRIALS = {("bpr_mf", 2): 0.4}


class StubWorker:
    """Validation values by (method, trial), test values by method; counts what it ran."""

    def __init__(self, store, validation=None, tested=None, dies_at=None, cut_short=()):
        self._store, self._dies_at, self._cut_short = store, dies_at, cut_short
        self._validation, self._tested = validation or {}, tested or {}
        self.ran, self.stopped = [], 0

    def run(self, cell):
        if self._dies_at is not None and len(self.ran) == self._dies_at:
            raise KeyboardInterrupt
        self.ran.append((cell.method, cell.kind, cell.trial, cell.seed))
        value = self._validation.get((cell.method, cell.trial), 0.1)
        if value is None:
            return cell.failed("loss is nan; lower --learning_rate")
        record = {
            **cell.describe(),
            "status": "done",
            "validation": {"ndcg@10": value},
            "seconds": 2.0 + cell.seed,
            "seconds_per_epoch": None,
            "best_step": 5,
            "stopped": "epochs" if cell.method in self._cut_short else "patience",
            "peak_memory_bytes": 2**20 * (300 + cell.trial),
        }
        if cell.kind == FINAL:
            per_user = np.asarray(self._tested.get(cell.method, [0.1, 0.2, 0.3]))
            per_user = per_user + 0.01 * cell.seed
            path = self._store.per_user_path(cell.key)
            path.parent.mkdir(exist_ok=True)
            np.savez(path, users=np.arange(per_user.size), **{"ndcg@10": per_user})
            record["test"] = {"ndcg@10": per_user.mean(), "auc": None, "num_users": 3.0}
        return record

    def stop(self):
        self.stopped += 1


@pytest.fixture
def methods():
    return METHODS


@pytest.fixture
def make_comparison():
    def make(methods=METHODS, data=DATA, **rules):
        given = {"trials": 3, "tuning_seed": 0, "seeds": (0, 1), **rules}
        return plan(data, Rules(EvaluationConfig((10,)), "ndcg@10", **given), methods)

    return make


@pytest.fixture
def stub_worker():
    return StubWorker


@pytest.fixture
def results(tmp_path, make_comparison, stub_worker):
    """A function of planned rules and stub options to what the tables are made of."""

    def make(validation=TRIALS, dies_at=None, cut_short=(), **rules):
        comparison = make_comparison(**rules)
        with ResultStore(tmp_path) as store:
            worker = stub_worker(store, validation, TESTED, dies_at, cut_short)
            try:
                run_missing(comparison, store, lambda name: worker)
            except KeyboardInterrupt:
                assert dies_at is not None
            return [(comparison, summarise(comparison, store))]

    return make
