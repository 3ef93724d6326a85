"""A process that runs fits of trials, one after the other."""

import contextlib
import logging
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from a2bm2gl_tf.comparison.child_process import answer_of, reason_of_death, serving, start_child
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.tuning.execution import FitTask

VALIDATED = "validated"


class FitProcess:
    """Starts with its first task; if it dies, the task has failed and the next starts another.

    Args:
      datasets: the folds, without test splits.
      evaluation: how fits are validated.
      log: what the process prints goes there.
    """

    def __init__(self, datasets: tuple[Dataset, ...], evaluation: EvaluationConfig, log: Path):
        self._data = (datasets, evaluation)
        self._log = log
        self._process: BaseProcess | None = None
        self.connection: Connection | None = None

    def send(self, task: FitTask) -> None:
        """Gives the process a task; `connection` is ready once it has an answer."""
        with contextlib.suppress(ConnectionError):  # found dead by `receive`
            if self._process is None:
                self._process, self.connection = start_child(_serve, self._log)
                self.connection.send(self._data)
            self.connection.send(task)

    def receive(self) -> tuple[str, Any]:
        """The next message of a process that has a task.

        Returns:
          (VALIDATED, value), to be answered by `go_on`; or, at the end of the task, ("done", what
          `run_fit` returned), ("failed", the reason) or ("full", the reason).
        """
        try:
            return self.connection.recv()
        except (EOFError, ConnectionError):
            self._process.join()
            code = self._process.exitcode
            self.stop()
            return "failed", reason_of_death(code, self._log)

    def go_on(self, whether: bool) -> None:
        """Answers a validation."""
        with contextlib.suppress(ConnectionError):
            self.connection.send(whether)

    def stop(self) -> None:
        """Ends the process, whatever it is at: an unfinished fit is run again from its start."""
        if self._process is None:
            return
        self.connection.close()
        self._process.kill()
        self._process.join()
        self._process, self.connection = None, None


def _serve(connection: Connection) -> None:
    """Takes over the process: data come first, then tasks."""
    with serving():
        datasets, evaluation = connection.recv()
        from a2bm2gl_tf.tuning.execution import run_fit

        def goes_on(value: float) -> bool:
            connection.send((VALIDATED, value))
            return connection.recv()

        while True:
            task = connection.recv()
            logging.getLogger("a2bm2gl_tf").info("%s", task.directory)
            connection.send(answer_of(run_fit, task, datasets, evaluation, goes_on))
