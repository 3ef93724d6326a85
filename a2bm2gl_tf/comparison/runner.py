"""Runs the cells of a comparison that are not in the store yet."""

import contextlib
import logging
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from a2bm2gl_tf.comparison.cells import FINAL, Cell
from a2bm2gl_tf.comparison.per_user import read_per_user
from a2bm2gl_tf.comparison.plan import Comparison, Entrant
from a2bm2gl_tf.comparison.selection import pick_trial
from a2bm2gl_tf.comparison.store import ResultStore
from a2bm2gl_tf.comparison.summary import tested_metric
from a2bm2gl_tf.data.reading.progress import progress_bar

_LOGGER = logging.getLogger(__name__)


class Worker(Protocol):
    """What runs a method's cells."""

    def run(self, cell: Cell) -> dict[str, Any]:
        """Runs a cell and returns its record."""

    def stop(self) -> None:
        """Is called once, after the last cell or an interruption."""


def run_missing(
    comparison: Comparison,
    store: ResultStore,
    start_worker: Callable[[str], Worker],
    retry_failed: bool = False,
) -> int:
    """Tunes every method and tests what was picked, leaving out what the store has.

    A method's fits lie in `runs/NAME` of the store's directory while they are needed: the best
    trial's until the final cell with the same settings and seed has used it, and an unfinished
    one's for the next command to go on from. Those of other comparisons in the same directory are
    left alone.

    Args:
      comparison: what to run.
      store: what was run, and where records go.
      start_worker: makes a worker from a method's name.
      retry_failed: runs the cells again that failed.

    Returns:
      How many cells were run.
    """
    run = _Run(comparison, store, retry_failed)
    entrants = [entrant for entrant in comparison.entrants if not entrant.left_out]
    seeds = len(comparison.rules.seeds)
    total = sum(len(entrant.trials) + seeds for entrant in entrants)
    with (
        progress_bar(total, "cell", "comparing") as bar,
        logging_redirect_tqdm([logging.getLogger("a2bm2gl_tf")]),
    ):
        for position, entrant in enumerate(entrants, start=1):
            started, before = time.monotonic(), run.done
            worker = start_worker(entrant.name)
            try:
                run.method(entrant, worker, bar)
            finally:
                worker.stop()
            bar.update(sum(len(e.trials) + seeds for e in entrants[:position]) - bar.n)
            if run.done > before:
                _LOGGER.info(
                    "%d of %d: %s, %d cells in %.0f s%s",
                    position,
                    len(entrants),
                    entrant.name,
                    run.done - before,
                    time.monotonic() - started,
                    run.outcome,
                )
    return run.done


class _Run:
    """One pass over the methods."""

    def __init__(self, comparison: Comparison, store: ResultStore, retry_failed: bool):
        self._comparison, self._store, self._retry = comparison, store, retry_failed
        self.done = 0
        self.outcome = ""

    def method(self, entrant: Entrant, worker: Worker, bar: tqdm) -> None:
        """All cells of a method."""
        monitor = self._comparison.rules.monitor
        runs = self._store.directory / "runs" / entrant.name
        cells = self._comparison.trial_cells(entrant)
        records: list[dict[str, Any] | None] = [None] * len(cells)
        for number, cell in enumerate(cells):
            bar.set_postfix_str(f"{entrant.name}, trial {number + 1} of {len(cells)}")
            records[number] = self._cell(cell, worker, bar)
            best = pick_trial(records, monitor)
            # The next trial's may be there too, unfinished since an earlier command.
            keep = cells[number + 1 :] + ([] if best is None else [cells[best]])
            _clear(runs, {cell.fit_key for cell in keep}, among=cells)
        _remove_if_empty(runs)
        best = pick_trial(records, monitor)
        self.outcome = "; no trial succeeded: " + records[0].get("reason", "")
        if best is None:
            return
        self.outcome = f"; {monitor} {records[best]['validation'][monitor]:.4f} in validation"
        for cell in self._comparison.final_cells(entrant, best):
            bar.set_postfix_str(f"{entrant.name}, seed {cell.seed}")
            self._cell(cell, worker, bar)
            _clear(runs, set(), among=[cell])
        _clear(runs, set(), among=cells)
        _remove_if_empty(runs)

    def _cell(self, cell: Cell, worker: Worker, bar: tqdm) -> dict[str, Any]:
        record = self._store.cells.get(cell.key)
        if record is None or self._is_lacking(cell, record):
            record = worker.run(cell)
            self._store.append(record)
            self.done += 1
        bar.update()
        return record

    def _is_lacking(self, cell: Cell, record: dict[str, Any]) -> bool:
        if record["status"] == "failed":
            return self._retry
        path, metric = self._store.per_user_path(cell.key), tested_metric(self._comparison)
        return cell.kind == FINAL and read_per_user(path, metric) is None


def _clear(runs: Path, keep: set[str], among: list[Cell]) -> None:
    for cell in among:
        if cell.fit_key not in keep:
            shutil.rmtree(runs / cell.fit_key, ignore_errors=True)


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()
