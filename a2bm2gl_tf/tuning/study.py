"""The trials of a search: drawn, compared, finished, and found again after an interruption."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.tuning.drawing import (
    ONE_AT_A_TIME,
    distributions,
    make_pruner,
    make_sampler,
    picked_of,
    quieten,
)
from a2bm2gl_tf.tuning.journal import FIRST, FITS, REASON, check_lines, check_trial
from a2bm2gl_tf.tuning.space import (
    Choices,
    Space,
    change,
    changed_of,
    grid_point,
    number_of_changes,
    size_of,
    value_text,
)

DONE, PRUNED, FAILED, UNFINISHED = "done", "pruned", "failed", "unfinished"
_STATES = {TrialState.COMPLETE: DONE, TrialState.PRUNED: PRUNED, TrialState.FAIL: FAILED}
_NAME = "tune"
# User attributes: of the study, the trials that others took the place of; of a trial, whose place
# it took.
_ABANDONED, _AGAIN = "abandoned", "again"


@dataclasses.dataclass(frozen=True)
class TrialRecord:
    """What is known of a trial.

    Attributes:
      number: from 1, in the order in which they were drawn.
      state: `DONE`, `PRUNED`, `FAILED` or `UNFINISHED`.
      picked: setting -> value.
      fits: one record a finished fit: "fold", "seed", "value", "best_step", "seconds".
      reason: why it failed or was pruned, or which trial it repeats, or "".
      seconds: of all its fits; of a trial that is not done, from its beginning to its end.
    """

    number: int
    state: str
    picked: dict[str, Any]
    fits: tuple[dict[str, Any], ...]
    reason: str = ""
    seconds: float = 0.0

    @property
    def values(self) -> list[float]:
        """The validation value of each fit."""
        return [fit["value"] for fit in self.fits]

    @property
    def value(self) -> float | None:
        """Their mean, by which trials are ranked; None unless the trial is done."""
        return float(np.mean(self.values)) if self.state == DONE else None

    @property
    def deviation(self) -> float | None:
        """Their standard deviation (of a sample); None unless there are several."""
        several = self.state == DONE and len(self.fits) > 1
        return float(np.std(self.values, ddof=1)) if several else None


def best_of(records: Sequence[TrialRecord]) -> TrialRecord | None:
    """The done trial of the highest value, of equal ones the first; None without any."""
    done = [record for record in records if record.state == DONE]
    return max(done, key=lambda record: (record.value, -record.number)) if done else None


def number_of_points(space: Space, search: str) -> float:
    """How many trials a search can have: infinity if the space has a range of floats."""
    return number_of_changes(space) if search == ONE_AT_A_TIME else size_of(space)


class TuningStudy:
    """A study in one file; only one process may have it open.

    Trials that were begun and not finished when it was last open are drawn again as they were.

    Args:
      journal: the file, created if need be.
      space: what is searched.
      search: one of `SEARCHES`. A grid is of choices alone, as is "one_at_a_time", which has the
        points of `space.change`. Choices are drawn at random without repetition.
      seed: integer seed of the draws.
      pruning: see `make_pruner`.
      workers: trials that may be open at once.
    """

    def __init__(
        self,
        journal: Path,
        space: Space,
        search: str,
        seed: int,
        pruning: str = "none",
        workers: int = 1,
    ):
        quieten()
        self.space, self._search, self._seed, self._workers = space, search, seed, workers
        choices = all(isinstance(parameter, Choices) for parameter in space)
        self._is_listed = choices and search != "tpe"
        try:
            check_lines(journal)
            self._study = optuna.create_study(
                storage=JournalStorage(JournalFileBackend(str(journal))),
                study_name=_NAME,
                direction="maximize",
                pruner=make_pruner(pruning),
                load_if_exists=True,
            )
            self._check()
            self._draw_again()
        except OSError:
            raise
        except Exception as error:
            # Optuna plays the journal back, which fails in any way that its lines can be misread.
            raise UserError(
                f"{journal}: damaged, or not of this search ({error!r}); use another directory"
            ) from error

    def begin(self, budget: int) -> optuna.Trial | None:
        """The next trial; None once as many as the budget, or as the space has points, are begun.

        A trial whose settings were tried before takes what that one came to, and is passed over.
        """
        while True:
            trials = self._counted()
            waiting = any(trial.state == TrialState.WAITING for trial in trials)
            if not waiting:
                if len(trials) >= min(budget, number_of_points(self.space, self._search)):
                    return None
                if self._is_listed:
                    point = self._point(len(trials))
                    texts = {name: value_text(value) for name, value in point.items()}
                    self._study.enqueue_trial(texts)
            self._study.sampler = make_sampler(self._search, self._seed, len(trials), self._workers)
            trial = self._study.ask(distributions(self.space))
            if not self._finished_before(trial):
                return trial

    def _point(self, number: int) -> dict[str, Any]:
        if self._search == ONE_AT_A_TIME:
            return change(self.space, number)
        return grid_point(self.space, number, self._seed)

    def picked(self, trial: optuna.Trial) -> dict[str, Any]:
        """The settings of a trial, name -> value."""
        return picked_of(self.space, trial.params)

    def told(self, record: TrialRecord) -> dict[str, Any]:
        """The settings that tell a trial from others: all, or what it changes of the recipe."""
        if self._search == ONE_AT_A_TIME:
            return changed_of(self.space, record.picked)
        return record.picked

    def key(self, trial: optuna.Trial) -> str:
        """A name of a trial that one which takes its place after an interruption has, too."""
        return f"trial{trial.user_attrs.get(FIRST, trial.number):05d}"

    def record(self, trial: optuna.Trial) -> TrialRecord:
        """What is known of a trial."""
        numbers = [other.number for other in self._counted()]
        return self.records()[numbers.index(trial.number)]

    def goes_on(self, trial: optuna.Trial, validation: int, value: float) -> bool:
        """Whether a trial goes on after a validation of its first fit.

        Args:
          trial: the trial.
          validation: its number, from 1.
          value: what was measured.
        """
        trial.report(value, validation)
        return not trial.should_prune()

    def finish(self, trial: optuna.Trial, fits: list[dict[str, Any]]) -> None:
        """Notes the fits of a trial, whose mean is its value."""
        trial.set_user_attr(FITS, fits)
        self._study.tell(trial, float(np.mean([fit["value"] for fit in fits])))

    def prune(self, trial: optuna.Trial, reason: str) -> None:
        """Notes that a trial was ended early."""
        trial.set_user_attr(REASON, reason)
        self._study.tell(trial, state=TrialState.PRUNED)

    def fail(self, trial: optuna.Trial, reason: str) -> None:
        """Notes that a trial came to nothing."""
        trial.set_user_attr(REASON, reason)
        self._study.tell(trial, state=TrialState.FAIL)

    def records(self) -> list[TrialRecord]:
        """All trials, in the order in which they were drawn; not those that were drawn again."""
        return [
            TrialRecord(
                number,
                _STATES.get(trial.state, UNFINISHED),
                picked_of(self.space, trial.params) if self._is_whole(trial) else {},
                tuple(trial.user_attrs.get(FITS, ())),
                trial.user_attrs.get(REASON, ""),
                _seconds(trial),
            )
            for number, trial in enumerate(self._counted(), start=1)
        ]

    def _counted(self) -> list[FrozenTrial]:
        abandoned = set(self._study.user_attrs.get(_ABANDONED, ()))
        return [t for t in self._study.get_trials(deepcopy=False) if t.number not in abandoned]

    def _is_whole(self, trial: FrozenTrial) -> bool:
        return all(parameter.name in trial.params for parameter in self.space)

    def _check(self) -> None:
        """Raises what `check_trial` raises, or ValueError, where one is not as it should be."""
        due = distributions(self.space).items()
        # Of those that are abandoned, too: Optuna compares all with what it draws next.
        if not all(t.distributions.items() <= due for t in self._study.get_trials(deepcopy=False)):
            raise ValueError("a trial was drawn from another space")
        for trial in self._counted():
            check_trial(trial, self.space)
        self.records()

    def _draw_again(self) -> None:
        """Lets new trials take the places of those that were begun and are nobody's now."""
        trials = self._study.get_trials()
        replaced = {trial.user_attrs.get(_AGAIN) for trial in trials}
        for trial in trials:
            if trial.state != TrialState.RUNNING:
                continue
            # In this order nothing is lost and nothing doubled, whenever this is killed.
            if self._is_whole(trial) and trial.number not in replaced:
                first = trial.user_attrs.get(FIRST, trial.number)
                attributes = {_AGAIN: trial.number, FIRST: first}
                self._study.enqueue_trial(trial.params, user_attrs=attributes)
            abandoned = {*self._study.user_attrs.get(_ABANDONED, ()), trial.number}
            self._study.set_user_attr(_ABANDONED, sorted(abandoned))
            self._study.tell(trial.number, state=TrialState.FAIL)

    def _finished_before(self, trial: optuna.Trial) -> bool:
        for number, other in enumerate(self._counted(), start=1):
            if other.number == trial.number or other.params != trial.params:
                continue
            if other.state == TrialState.COMPLETE:
                trial.set_user_attr(REASON, f"the settings of trial {number}")
                self.finish(trial, other.user_attrs[FITS])
                return True
            if other.state == TrialState.FAIL:
                self.fail(trial, other.user_attrs[REASON])
                return True
        return False


def _seconds(trial: FrozenTrial) -> float:
    if FITS in trial.user_attrs:
        return sum(fit["seconds"] for fit in trial.user_attrs[FITS])
    # Optuna goes by the time of day, which may have been set back meanwhile.
    return max(trial.duration.total_seconds(), 0.0) if trial.duration is not None else 0.0
