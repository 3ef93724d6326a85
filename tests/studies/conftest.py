"""Studies with a worker that invents its results."""

import numpy as np
import pytest

from a2bm2gl_tf.comparison.cells import FINAL
from a2bm2gl_tf.comparison.plan import DataSummary, Rules
from a2bm2gl_tf.comparison.runner import run_missing
from a2bm2gl_tf.comparison.store import ResultStore
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.methods.registry import METHODS
from a2bm2gl_tf.studies.planning import plan_study
from a2bm2gl_tf.studies.registry import STUDIES
from a2bm2gl_tf.studies.study import Base


class StubWorker:
    """Test values of each user by a function of the cell; notes what it ran."""

    def __init__(self, store, tested, validated):
        self._store, self._tested, self._validated, self.ran = store, tested, validated, []

    def run(self, cell):
        self.ran.append((cell.kind, dict(cell.picked), cell.seed))
        record = {
            **cell.describe(),
            "status": "done",
            "validation": {"ndcg@10": self._validated(cell)},
            "seconds": 1.0,
            "seconds_per_epoch": None,
            "best_step": 5,
            "stopped": "patience",
            "peak_memory_bytes": 2**20,
        }
        if cell.kind == FINAL:
            per_user = self._tested(cell) + 0.01 * cell.seed
            path = self._store.per_user_path(cell.key)
            path.parent.mkdir(exist_ok=True)
            np.savez(path, users=np.arange(per_user.size), **{"ndcg@10": per_user})
            record["test"] = {"ndcg@10": per_user.mean(), "auc": 0.5 + 0.01 * cell.seed}
        return record

    def stop(self):
        pass


@pytest.fixture
def make_base():
    def make(name, has_content=True, values=None, l2_scales=(1.0,), **settings):
        parameters = STUDIES[name].parameters
        given = {parameter.name: () for parameter in parameters} | (values or {})
        return Base(METHODS["a2bm2gl"].fit_settings(**settings), has_content, given, l2_scales)

    return make


@pytest.fixture
def planned(make_base):
    """A study's comparison from its name and options of its base."""

    def make(name, seeds=(0, 1), fingerprint="feed", data="tiny", **base):
        made = make_base(name, **base)
        summary = DataSummary(
            fingerprint, data, "40 users, 4 items", "by hand; whole_catalogue", made.has_content
        )
        trials = len(made.l2_scales)
        rules = Rules(EvaluationConfig((10,)), "ndcg@10", trials, seeds[0], seeds, epochs=7)
        return plan_study(STUDIES[name], made, summary, rules)

    return make


@pytest.fixture
def run_stub(tmp_path):
    """Runs a comparison in a store; gives the store and what was run."""

    def run(comparison, tested, validated=lambda cell: 0.1):
        with ResultStore(tmp_path, "study", "study.py") as store:
            worker = StubWorker(store, tested, validated)
            store.begin(comparison)
            run_missing(comparison, store, lambda name: worker)
            return store, worker.ran

    return run
