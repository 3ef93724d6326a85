"""The journal of a search, checked before Optuna plays it back and before its trials are used.

Optuna trusts what it wrote: a last line that is no JSON is found when the next is written, and a
setting of another type when a trial takes it over.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optuna.trial import FrozenTrial, TrialState

from a2bm2gl_tf.stored_values import is_finite
from a2bm2gl_tf.tuning.space import Choices, Parameter, Space, value_text

# User attributes of a trial: which trial was the first in its place, and what it came to.
FIRST, FITS, REASON = "first", "fits", "reason"
# Where Optuna has the settings of a trial that waits for its turn.
_WAITING = "fixed_params"


def check_fit(fit: dict[str, Any]) -> None:
    """Refuses what is not the record of a fit, as `TrialRecord.fits` has them.

    Raises:
      KeyError, TypeError, ValueError: naming what is wrong.
    """
    for name in ("fold", "seed", "value", "best_step", "seconds"):
        if not is_finite(fit[name]):
            raise ValueError(f"{name} is no number")


def check_lines(journal: Path) -> None:
    """Refuses a journal with a line that is not whole.

    Args:
      journal: the file; without one there is nothing to refuse.

    Raises:
      ValueError, RecursionError: naming the line.
      OSError: if it cannot be read.
    """
    if not journal.exists():
        return
    with journal.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n") or not isinstance(json.loads(line), dict):
                raise ValueError(f"line {number} is not whole")


def check_trial(trial: FrozenTrial, space: Space) -> None:
    """Refuses a trial that is not as this search makes them.

    What is of no use for a finished trial is not asked of one that is not.

    Raises:
      AttributeError, KeyError, TypeError, ValueError: naming what is wrong.
    """
    fits, reason = trial.user_attrs.get(FITS, []), trial.user_attrs.get(REASON, "")
    if not isinstance(reason, str) or not isinstance(fits, list):
        raise TypeError("a trial holds no fits")
    for fit in fits:
        check_fit(fit)
    if trial.state == TrialState.COMPLETE and not (fits and is_finite(trial.value)):
        raise ValueError("a finished trial has no value")
    if trial.state == TrialState.FAIL and REASON not in trial.user_attrs:
        raise ValueError("a failed trial has no reason")
    if not isinstance(trial.user_attrs.get(FIRST, 0), int):
        raise TypeError("a trial took the place of none")
    parameters = {parameter.name: parameter for parameter in space}
    for picked in (trial.params, trial.system_attrs.get(_WAITING, {})):
        _check_picked(picked, parameters)


def _check_picked(picked: Mapping[str, Any], parameters: Mapping[str, Parameter]) -> None:
    for name, value in picked.items():
        parameter = parameters[name]
        if isinstance(parameter, Choices):
            fits = value in map(value_text, parameter.values)
        else:
            fits = is_finite(value) and parameter.low <= value <= parameter.high
            fits = fits and (isinstance(value, int) or not parameter.is_integer)
        if not fits:
            raise ValueError(f"{name} = {str(value)[:40]!r} is not of the space")
