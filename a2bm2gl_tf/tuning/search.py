"""Runs the trials of a study on worker processes."""

import dataclasses
import logging
import shutil
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any, Protocol

import optuna
from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import write_json
from a2bm2gl_tf.methods.settings import FitSettings, with_settings
from a2bm2gl_tf.stored_values import is_finite, read_json
from a2bm2gl_tf.tuning.execution import FitTask
from a2bm2gl_tf.tuning.journal import check_fit
from a2bm2gl_tf.tuning.space import short_text
from a2bm2gl_tf.tuning.study import UNFINISHED, TuningStudy, best_of
from a2bm2gl_tf.tuning.worker import VALIDATED

_LOGGER = logging.getLogger(__name__)
_REMEDY = "remove it, and the fit is done again"


class Worker(Protocol):
    """What runs fits; see `FitProcess`."""

    connection: Any

    def send(self, task: FitTask) -> None:
        """Gives it a task."""

    def receive(self) -> tuple[str, Any]:
        """Its next message."""

    def go_on(self, whether: bool) -> None:
        """Answers a validation."""

    def stop(self) -> None:
        """Ends it."""


@dataclasses.dataclass(frozen=True)
class Fits:
    """What a trial consists of.

    Attributes:
      folds: how many datasets; each is fitted with each seed.
      seeds: of the fits.
      settings_of: from the values of a trial to its settings; raises UserError where they do not
        go together.
      pruned: whether the validations of the first fit may end a trial.
      runs: directory of the fits; one of a finished trial is removed.
    """

    folds: int
    seeds: tuple[int, ...]
    settings_of: Callable[[dict[str, Any]], FitSettings]
    pruned: bool
    runs: Path


@dataclasses.dataclass
class _Open:
    """A trial that is being run."""

    trial: optuna.Trial
    settings: FitSettings
    left: list[tuple[int, int]]
    done: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    validations: list[float] = dataclasses.field(default_factory=list)


def run_search(study: TuningStudy, fits: Fits, workers: Sequence[Worker], budget: int) -> int:
    """Runs trials until the budget is used up.

    Finished fits of an unfinished trial are kept on disk and not done over by the next command.

    Args:
      study: the trials.
      fits: what each consists of.
      workers: run one fit each at a time; stopped at the end.
      budget: most trials.

    Returns:
      How many fits were run.

    Raises:
      UserError: if the disk is full.
    """
    finished = sum(record.state != UNFINISHED for record in study.records())
    with (
        progress_bar(budget, "trial", "tuning") as bar,
        logging_redirect_tqdm([logging.getLogger("a2bm2gl_tf")]),
    ):
        bar.update(finished)
        run = _Run(study, fits, budget, bar)
        try:
            run.all_trials(workers)
        finally:
            for worker in workers:
                worker.stop()
    shutil.rmtree(fits.runs, ignore_errors=True)
    return run.count


class _Run:
    def __init__(self, study: TuningStudy, fits: Fits, budget: int, bar: tqdm):
        self._study, self._fits, self._budget, self._bar = study, fits, budget, bar
        self.count = 0

    def all_trials(self, workers: Sequence[Worker]) -> None:
        """Keeps every worker at a trial while there are any."""
        idle, busy = list(workers), {}
        while True:
            while idle and (trial := self._study.begin(self._budget)) is not None:
                opened = self._open(trial)
                if opened is not None and self._next_fit(idle[-1], opened):
                    worker = idle.pop()
                    busy[worker] = opened
            if not busy:
                return
            ready = wait([worker.connection for worker in busy])
            for worker in [worker for worker in busy if worker.connection in ready]:
                if not self._answer(worker, busy[worker]):
                    del busy[worker]
                    idle.append(worker)

    def _open(self, trial: optuna.Trial) -> _Open | None:
        try:
            settings = self._fits.settings_of(self._study.picked(trial))
        except UserError as error:
            self._study.fail(trial, str(error))
            self._close(trial)
            return None
        left = [(fold, seed) for fold in range(self._fits.folds) for seed in self._fits.seeds]
        return _Open(trial, settings, left)

    def _next_fit(self, worker: Worker, opened: _Open) -> bool:
        """Sends a trial's next fit that is not on disk; False if the trial is finished."""
        while opened.left:
            directory = self._directory(opened)
            record = _read(_record_path(directory))
            if record is None:
                # What is there was left by a process that ended in mid-training.
                shutil.rmtree(directory, ignore_errors=True)
                settings = with_settings(opened.settings, {"seed": opened.left[0][1]})
                compared = self._fits.pruned and not opened.done
                worker.send(FitTask(settings, opened.left[0][0], directory, compared))
                self.count += 1
                return True
            for number, value in enumerate(record["validations"], start=1):
                self._study.goes_on(opened.trial, number, value)
            self._fit_done(opened, record["fit"])
        self._study.finish(opened.trial, opened.done)
        self._close(opened.trial)
        return False

    def _answer(self, worker: Worker, opened: _Open) -> bool:
        """Takes a message of a worker; False if its trial is finished."""
        kind, answer = worker.receive()
        if kind == VALIDATED:
            opened.validations.append(answer)
            number = len(opened.validations)
            worker.go_on(self._study.goes_on(opened.trial, number, answer))
            return True
        if kind == "full":
            raise UserError(f"--output_dir: {answer}; make room and repeat the command")
        if kind == "failed":
            self._study.fail(opened.trial, answer)
            self._close(opened.trial)
            return False
        if answer["pruned"]:
            self._study.prune(opened.trial, f"ended at validation {len(opened.validations)}")
            self._close(opened.trial)
            return False
        fold, seed = opened.left[0]
        names = ("value", "best_step", "seconds")
        fit = {"fold": fold, "seed": seed, **{name: answer[name] for name in names}}
        directory = self._directory(opened)
        validations = opened.validations if not opened.done else []
        write_json(_record_path(directory), {"fit": fit, "validations": validations})
        shutil.rmtree(directory, ignore_errors=True)
        self._fit_done(opened, fit)
        return self._next_fit(worker, opened)

    def _fit_done(self, opened: _Open, fit: dict[str, Any]) -> None:
        opened.done.append(fit)
        del opened.left[0]

    def _directory(self, opened: _Open) -> Path:
        """Of the trial's next fit; its record lies beside it."""
        fold, seed = opened.left[0]
        return self._fits.runs / self._study.key(opened.trial) / f"fold{fold}-seed{seed}"

    def _close(self, trial: optuna.Trial) -> None:
        """Tells of a finished trial and removes its fits."""
        shutil.rmtree(self._fits.runs / self._study.key(trial), ignore_errors=True)
        records = self._study.records()
        self._bar.update(sum(r.state != UNFINISHED for r in records) - self._bar.n)
        best = best_of(records)
        record = self._study.record(trial)
        shown = "" if best is None else f"best {best.value:.4f}, trial {best.number}"
        self._bar.set_postfix_str(shown)
        told = self._study.told(record).items()
        settings = ", ".join(f"{name}={short_text(value)}" for name, value in told)
        said = record.reason if record.value is None else f"{record.value:.4f}"
        _LOGGER.info(
            "trial %d of %d: %s (%s); %s",
            record.number,
            self._budget,
            said,
            settings or "the recipe",
            shown or "none done yet",
        )


def _record_path(directory: Path) -> Path:
    return directory.with_name(f"{directory.name}.json")


def _read(path: Path) -> dict[str, Any] | None:
    """The record of a fit; None where there is none.

    Raises:
      UserError: if it is damaged.
    """
    if not path.is_file():
        return None
    record = read_json(path, _REMEDY)
    try:
        check_fit(record["fit"])
        if not all(map(is_finite, record["validations"])):
            raise ValueError("a validation is no number")
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: not the record of a fit ({error!r}); {_REMEDY}") from error
    return record
