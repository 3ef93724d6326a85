"""Workers that invent their results, and the fits that they are given."""

import multiprocessing
import shutil

import pytest

from a2bm2gl_tf.methods.registry import find_method
from a2bm2gl_tf.methods.settings import with_settings
from a2bm2gl_tf.tuning.search import Fits
from a2bm2gl_tf.tuning.worker import VALIDATED


class StubWorker:
    """Answers by a function of the task: a list of validations, or a reason of failure."""

    def __init__(self, values, dies_at=None, in_fit=False):
        self._values, self._dies_at, self._in_fit = values, dies_at, in_fit
        self.connection, self._theirs = multiprocessing.Pipe()
        self.tasks, self.stopped = [], False

    def send(self, task):
        assert not task.directory.exists()
        task.directory.mkdir(parents=True)
        if self._dies_at is not None and len(self.tasks) == self._dies_at:
            raise KeyboardInterrupt
        self.tasks.append(task)
        self._left = self._values(task)
        if isinstance(self._left, str):
            self._theirs.send(("failed", self._left))
        else:
            self._left, self._best = list(self._left), max(self._left)
            self._next(task.compared)

    def _next(self, compared):
        if compared and self._left:
            self._theirs.send((VALIDATED, self._left.pop(0)))
        else:
            self._theirs.send(
                ("done", {"pruned": False, "value": self._best, "best_step": 7, "seconds": 2.0})
            )

    def go_on(self, whether):
        if whether:
            self._next(True)
        else:
            self._theirs.send(("done", {"pruned": True, "seconds": 1.0}))

    def receive(self):
        return self.connection.recv()

    def stop(self):
        self.stopped = True


@pytest.fixture
def stub_worker():
    return StubWorker


@pytest.fixture
def make_fits(tmp_path):
    base = find_method("bpr_mf").fit_settings()

    def make(folds=1, seeds=(0,), pruned=False, settings_of=None):
        return Fits(
            folds=folds,
            seeds=seeds,
            settings_of=settings_of or (lambda picked: with_settings(base, picked)),
            pruned=pruned,
            runs=tmp_path / "runs",
        )

    yield make
    shutil.rmtree(tmp_path / "runs", ignore_errors=True)
