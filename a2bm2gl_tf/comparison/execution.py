"""One cell, run in this process."""

import gc
import math
import time
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from a2bm2gl_tf.comparison.cells import FINAL, Cell
from a2bm2gl_tf.comparison.per_user import write_per_user
from a2bm2gl_tf.comparison.source import note_source
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import write_json
from a2bm2gl_tf.methods.fitting import evaluate_model, fit, refit, test_seen
from a2bm2gl_tf.stored_values import is_finite, read_json
from a2bm2gl_tf.training.peak_memory import peak_memory_bytes
from a2bm2gl_tf.training.reproducibility import make_reproducible
from a2bm2gl_tf.training.run_log import median_epoch_seconds


def run_cell(cell: Cell, dataset: Dataset, directory: Path, per_user: Path) -> dict[str, Any]:
    """Fits a cell's model and scores it: on validation data, and in a final cell on test data too.

    Args:
      cell: the work.
      dataset: what `cell.data` is the fingerprint of.
      directory: of the fit; interrupted or finished there, it is not done over.
      per_user: where the test metrics of each user go, of a final cell.

    Returns:
      The record for the store. "seconds" is the time of the fit, with its validations; "source"
      has every source that worked on the fit, which another command may have begun.

    Raises:
      UserError: where the settings do not fit the data, training diverges, or validation is NaN.
    """
    settings, evaluation = cell.settings, cell.evaluation
    keras.backend.clear_session()
    gc.collect()
    make_reproducible(settings.training)
    source = note_source(directory)
    clock = _Clock(directory / "seconds.json")
    model, progress = fit(settings, dataset, evaluation, directory, validation=dataset.validation)
    seconds = clock.stop(progress.seconds)
    monitor = settings.training.monitor
    validation = evaluate_model(
        model, dataset.validation, dataset.train, evaluation, monitor.startswith("auc")
    ).means
    if not math.isfinite(validation[monitor]):
        raise UserError(f"{monitor} is {validation[monitor]} on validation data")
    record = {
        **cell.describe(),
        "source": source,
        "status": "done",
        "validation": _numbers(validation),
        "seconds": seconds,
        "seconds_per_epoch": median_epoch_seconds(directory),
        "best_step": progress.best_step,
        "steps": progress.step,
        "stopped": progress.stopped,
        "versions": {"tensorflow": tf.__version__, "keras": keras.__version__},
    }
    if cell.kind == FINAL:
        if cell.refit:
            clock = _Clock(directory / "refit" / "seconds.json")
            model, progress = refit(
                settings, dataset, evaluation, directory / "refit", progress.best_step
            )
            record["seconds"] += clock.stop(progress.seconds)
        tested = evaluate_model(model, dataset.test, test_seen(dataset, evaluation), evaluation)
        write_per_user(per_user, tested)
        record["test"] = _numbers(tested.means)
    record["peak_memory_bytes"] = peak_memory_bytes()
    return record


class _Clock:
    """Times a fit, which may have been begun, or finished, by an earlier process or cell."""

    def __init__(self, path: Path):
        self._path, self._started = path, time.monotonic()

    def stop(self, trained: float) -> float:
        """Seconds of the whole fit, of which `trained` were counted by the training itself."""
        seconds = max(time.monotonic() - self._started, trained)
        if self._path.is_file():
            return max(seconds, _stored_seconds(self._path))
        write_json(self._path, {"seconds": seconds})
        return seconds


def _stored_seconds(path: Path) -> float:
    stored = read_json(path, "remove it")
    seconds = stored.get("seconds") if isinstance(stored, dict) else None
    if not is_finite(seconds) or seconds < 0:
        raise UserError(f"{path}: holds no seconds; remove it")
    return float(seconds)


def _numbers(means: dict[str, float]) -> dict[str, float | None]:
    """Means as JSON has them, which knows no NaN."""
    return {name: value if math.isfinite(value) else None for name, value in means.items()}
