"""Finished runs: where their parts lie, and loading them again."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np

from a2bm2gl_tf.commands.run_config import RunConfig, read_config
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.fingerprint import data_fingerprint
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.methods.fitting import build_model_and_objective
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.training.checkpoints import RunCheckpoints
from a2bm2gl_tf.training.reproducibility import in_precision


@dataclasses.dataclass(frozen=True)
class FinishedRun:
    """A trained model with what it was trained on.

    Attributes:
      config: the run's settings.
      dataset: as the run split it.
      trained_on: as the model saw it: a refit has validation data in `train`.
      model: with the weights of the best step.
      objective: its loss, with the weights of the same step.
      step: that step; 0 for a model without gradient steps, whose loss has never been trained.
    """

    config: RunConfig
    dataset: Dataset
    trained_on: Dataset
    model: Recommender
    objective: Objective
    step: int


def result_path(directory: Path) -> Path:
    """Where a run's test metrics are."""
    return directory / "result.json"


def read_result(directory: Path) -> dict[str, Any]:
    """What a finished run's `result.json` holds."""
    return json.loads(result_path(directory).read_text(encoding="utf-8"))


def check_same_data(directory: Path, stored: dict[str, Any], dataset: Dataset) -> None:
    """Refuses data that is not what a run was trained and tested on.

    Args:
      directory: the run's output directory.
      stored: its result.
      dataset: as it was loaded now.

    Raises:
      UserError: if they differ.
    """
    # A run that an earlier version finished does not say what its data was.
    if stored.get("data") not in (None, data_fingerprint(dataset)):
        raise UserError(
            f"{result_path(directory)}: was measured on other data than is there now; the files of "
            "the dataset have changed since training, or are others than they were"
        )


def stage_directory(directory: Path, config: RunConfig) -> Path:
    """Where the model that is tested and exported has its checkpoints."""
    return directory / "refit" if config.refit else directory


def load_run(
    directory: Path, data_dir: Path | None = None, features_dir: Path | None = None
) -> FinishedRun:
    """Rebuilds a finished run from its output directory, in the precision of its training.

    Args:
      directory: the run's output directory.
      data_dir: where the dataset is now, if it was moved.
      features_dir: likewise for the features.

    Raises:
      UserError: if the run is not there, not finished, or its data cannot be read.
    """
    config = read_config(directory)
    if not result_path(directory).is_file():
        raise UserError(
            f"--output_dir={directory}: the run is not finished; give its train.py command again "
            "to resume it"
        )
    moved = {"data_dir": data_dir, "features_dir": features_dir}
    moved = {name: path for name, path in moved.items() if path is not None}
    dataset = load_dataset(config.dataset, dataclasses.replace(config.data, **moved))
    trained_on = dataset.with_validation_in_train() if config.refit else dataset
    model, objective, step = _restored(config, trained_on, stage_directory(directory, config))
    return FinishedRun(config, dataset, trained_on, model, objective, step)


def model_of_selection(run: FinishedRun, directory: Path) -> Recommender:
    """The model of a run as it was before it learned from validation data.

    That of the run itself without a refit. What is chosen on validation data after training has to
    be chosen with this one.

    Args:
      run: of `load_run`.
      directory: its output directory.
    """
    if not run.config.refit:
        return run.model
    return _restored(run.config, run.dataset, directory)[0]


def _restored(
    config: RunConfig, trained_on: Dataset, directory: Path
) -> tuple[Recommender, Objective, int]:
    """Model and loss with the weights of a stage's best step, and that step."""
    with in_precision(config.training.precision):
        model, objective = build_model_and_objective(config, trained_on)
    if not model.trainable_variables:
        model.solve()
        return model, objective, 0
    checkpoints = RunCheckpoints(directory / "checkpoints", model, objective)
    return model, objective, checkpoints.restore_best().step


def item_degrees(dataset: Dataset) -> np.ndarray:
    """Training interactions of each item, (V,)."""
    return np.asarray(dataset.train.sum(axis=0)).ravel()
