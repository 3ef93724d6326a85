"""A process of its own for each method, so that its memory is its own and its crash is not ours."""

import contextlib
import logging
import os
import signal
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from a2bm2gl_tf.comparison.cells import Cell
from a2bm2gl_tf.comparison.child_process import answer_of, reason_of_death, serving, start_child
from a2bm2gl_tf.comparison.source import source_digest
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError

# An interrupted training writes a checkpoint before it ends.
_SECONDS_TO_SAVE = 60


class MethodProcess:
    """Runs the cells of one method, one after the other, in a process that starts with the first.

    If the process dies, the cell it was at has failed and the next one starts another.

    Args:
      name: of the method; its log is called so.
      dataset: the data of all cells.
      directory: the comparison's; fits go to `runs/NAME`, what the process prints to `logs/`.
    """

    def __init__(self, name: str, dataset: Dataset, directory: Path):
        self._dataset = dataset
        self._runs, self._per_user = directory / "runs" / name, directory / "per_user"
        self._log = directory / "logs" / f"{name}.log"
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None
        self._busy = False

    def run(self, cell: Cell) -> dict[str, Any]:
        """Runs a cell and returns its record, which may be that of a failure.

        Raises:
          UserError: if the disk is full, which is no method's fault.
        """
        if self._process is None:
            self._start()
        try:
            path = self._per_user / f"{cell.key}.npz"
            self._busy = True
            self._connection.send((cell, self._runs / cell.fit_key, path))
            kind, answer = self._connection.recv()
            self._busy = False
        except (EOFError, ConnectionError):
            self._process.join()
            code = self._process.exitcode
            self.stop()
            return cell.failed(reason_of_death(code, self._log))
        if kind == "full":
            raise UserError(f"--output_dir: {answer}; make room and repeat the command")
        return cell.failed(answer) if kind == "failed" else answer

    def stop(self) -> None:
        """Ends the process; one in mid-training saves its state first."""
        if self._process is None:
            return
        self._connection.close()
        # Idle, it ends by itself once nobody can send it anything.
        if self._busy and self._process.is_alive():
            os.kill(self._process.pid, signal.SIGINT)
        self._process.join(_SECONDS_TO_SAVE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._process, self._connection, self._busy = None, None, False

    def _start(self) -> None:
        self._process, self._connection = start_child(_serve, self._log)
        with contextlib.suppress(ConnectionError):  # found dead by the next call
            self._connection.send(self._dataset)


def _serve(connection: Connection) -> None:
    """Takes over the process: a dataset comes first, then cells, each answered by one message."""
    with serving():
        # Of what is imported now, however long the fits take and whatever is edited meanwhile.
        source_digest()
        from a2bm2gl_tf.comparison.execution import run_cell

        dataset = connection.recv()
        while True:
            cell, directory, per_user = connection.recv()
            connection.send(_answer(run_cell, cell, dataset, directory, per_user))


def _answer(run, cell: Cell, dataset: Dataset, directory: Path, per_user: Path) -> tuple[str, Any]:
    logging.getLogger("a2bm2gl_tf").info(
        "%s %s, trial %d, seed %d: %s", cell.method, cell.kind, cell.trial, cell.seed, directory
    )
    return answer_of(run, cell, dataset, directory, per_user)
