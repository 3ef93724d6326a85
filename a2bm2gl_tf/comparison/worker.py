"""A process of its own for each method, so that its memory is its own and its crash is not ours."""

import contextlib
import errno
import logging
import multiprocessing
import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from a2bm2gl_tf.comparison.cells import Cell
from a2bm2gl_tf.comparison.source import source_digest
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError

# An interrupted training writes a checkpoint before it ends.
_SECONDS_TO_SAVE = 60
_FULL = os.strerror(errno.ENOSPC)


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
        self._process: multiprocessing.process.BaseProcess | None = None
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
            return cell.failed(_reason_of_death(code, self._log))
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
        self._log.parent.mkdir(parents=True, exist_ok=True)
        # TensorFlow's threads do not survive a fork.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(theirs,), name=self._log.stem, daemon=True
        )
        with _inherited(self._log):
            self._process.start()
        theirs.close()
        with contextlib.suppress(ConnectionError):  # found dead by the next call
            self._connection.send(self._dataset)


@contextlib.contextmanager
def _inherited(log: Path) -> Iterator[None]:
    """Within, a new process is born with its output in a log and deaf to Ctrl-C.

    Ctrl-C reaches every process of the terminal; this one waits to be told by its parent. Its
    imports already print, so its output cannot wait until it is asked to redirect it.
    """
    answer = signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdout.flush()
    sys.stderr.flush()
    own = [(number, os.dup(number)) for number in (1, 2)]
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    try:
        for number, _ in own:
            os.dup2(handle, number)
        yield
    finally:
        for number, saved in own:
            os.dup2(saved, number)
            os.close(saved)
        os.close(handle)
        signal.signal(signal.SIGINT, answer)


def _reason_of_death(code: int, log: Path) -> str:
    if code == -signal.SIGKILL:
        return "its process was killed, most likely for want of memory"
    if code < 0:
        return f"its process died of {signal.Signals(-code).name}; see logs/{log.name}"
    return f"its process ended with status {code}; see logs/{log.name}"


def _serve(connection: Connection) -> None:
    """Takes over the process: a dataset comes first, then cells, each answered by one message."""
    os.setpgrp()
    _end_with_parent()
    logger = logging.getLogger("a2bm2gl_tf")
    logger.handlers = [logging.StreamHandler(sys.stderr)]
    logger.setLevel(logging.INFO)
    logger.propagate = False
    # Of what is imported now, however long the fits take and whatever is edited meanwhile.
    source_digest()
    from a2bm2gl_tf.comparison.execution import run_cell

    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(EOFError, KeyboardInterrupt, ConnectionError):
        dataset = connection.recv()
        while True:
            cell, directory, per_user = connection.recv()
            connection.send(_answer(run_cell, cell, dataset, directory, per_user))


def _answer(run, cell: Cell, dataset: Dataset, directory: Path, per_user: Path) -> tuple[str, Any]:
    logging.getLogger("a2bm2gl_tf").info(
        "%s %s, trial %d, seed %d: %s", cell.method, cell.kind, cell.trial, cell.seed, directory
    )
    try:
        return "done", run(cell, dataset, directory, per_user)
    except UserError as error:
        return "failed", str(error)
    except MemoryError:
        return "failed", "out of memory"
    # Whatever a method does wrong is its own row's matter; the log has all of it.
    except Exception as error:
        traceback.print_exc()
        if _FULL in str(error):
            return "full", _FULL
        if type(error).__name__ == "ResourceExhaustedError":
            return "failed", "out of memory"
        first = (str(error).strip().splitlines() or [""])[0]
        return "failed", f"{type(error).__name__}: {first[:200]}"


def _end_with_parent() -> None:
    """Ends this process as soon as its parent is gone, killed or not: nobody waits for it."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()
