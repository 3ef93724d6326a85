"""One fit of a trial, run in this process."""

import dataclasses
import gc
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras

from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.methods.fitting import fit
from a2bm2gl_tf.methods.settings import FitSettings
from a2bm2gl_tf.training.reproducibility import make_reproducible

# Is told the value of a validation; False ends the fit.
GoesOn = Callable[[float], bool]


class _Pruned(Exception):  # noqa: N818 - nothing went wrong
    """Ends a fit from within its validation."""


@dataclasses.dataclass(frozen=True)
class FitTask:
    """What is fitted.

    Attributes:
      settings: all settings, with the seed.
      fold: row in the datasets of the search.
      directory: of the fit; what an ended process left there is to be removed first.
      compared: whether each validation is reported, and may end the fit.
    """

    settings: FitSettings
    fold: int
    directory: Path
    compared: bool


def run_fit(
    task: FitTask,
    datasets: tuple[Dataset, ...],
    evaluation: EvaluationConfig,
    goes_on: GoesOn,
) -> dict[str, Any]:
    """Fits a model on the training split of a fold and says how well it validates.

    Args:
      task: the fit.
      datasets: the folds.
      evaluation: how it is validated.
      goes_on: is asked after each validation of a compared task.

    Returns:
      "value", the best validation value; "best_step"; "seconds"; "pruned", whether it was ended.

    Raises:
      UserError: where the settings do not fit the data, training diverges, or validation is NaN.
    """
    settings, dataset = task.settings, datasets[task.fold]
    monitor = settings.training.monitor
    keras.backend.clear_session()
    gc.collect()
    make_reproducible(settings.training)

    def after_validation(metrics: Mapping[str, float]) -> None:
        value = _finite(monitor, metrics[monitor])
        if task.compared and not goes_on(value):
            raise _Pruned

    started = time.monotonic()
    try:
        _, progress = fit(
            settings,
            dataset,
            evaluation,
            task.directory,
            validation=dataset.validation,
            after_validation=after_validation,
        )
    except _Pruned:
        return {"pruned": True, "seconds": time.monotonic() - started}
    return {
        "pruned": False,
        "value": _finite(monitor, progress.best_value),
        "best_step": progress.best_step,
        "seconds": time.monotonic() - started,
    }


def _finite(monitor: str, value: float) -> float:
    if not math.isfinite(value):
        raise UserError(f"{monitor} is {value} on validation data")
    return float(value)
