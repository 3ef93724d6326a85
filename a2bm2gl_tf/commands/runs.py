"""Finished runs, loaded again."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from a2bm2gl_tf.commands.run_config import CONFIG_REMEDY, RunConfig, config_path, read_config
from a2bm2gl_tf.commands.run_result import result_path
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.fingerprint import data_fingerprint
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.methods.fitting import build_model_and_objective
from a2bm2gl_tf.methods.memory_estimate import CHECKS, check_memory, foresee
from a2bm2gl_tf.methods.stored_settings import blaming_settings
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


def load_run(
    directory: Path,
    data_dir: Path | None = None,
    features_dir: Path | None = None,
    memory_check: str = CHECKS[0],
    flag: str = "output_dir",
) -> FinishedRun:
    """Rebuilds a finished run from its output directory, in the precision of its training.

    Args:
      directory: the run's output directory.
      data_dir: where the dataset is now, if it was moved.
      features_dir: likewise for the features.
      memory_check: see `check_memory`.
      flag: the one that named the directory, for messages.

    Raises:
      UserError: if the run is not there, not finished, its data cannot be read, or it does not fit
        into memory.
    """
    config = read_config(directory, flag)
    if not result_path(directory).is_file():
        raise UserError(
            f"--{flag}={directory}: the run is not finished; give its train.py command again "
            "to resume it"
        )
    moved = {"data_dir": data_dir, "features_dir": features_dir}
    moved = {name: path for name, path in moved.items() if path is not None}
    dataset = load_dataset(config.dataset, dataclasses.replace(config.data, **moved))
    with blaming_settings(config_path(directory), CONFIG_REMEDY):
        estimate = foresee(config, dataset, training=False)
    check_memory(estimate, memory_check)
    trained_on = dataset.with_validation_in_train() if config.refit else dataset
    model, objective, step = _restored(config, trained_on, directory, refitted=config.refit)
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
    return _restored(run.config, run.dataset, directory, refitted=False)[0]


def _restored(
    config: RunConfig, trained_on: Dataset, directory: Path, refitted: bool
) -> tuple[Recommender, Objective, int]:
    """Model and loss with the weights of the best step of a run or its refit, and that step."""
    with (
        blaming_settings(config_path(directory), CONFIG_REMEDY),
        in_precision(config.training.precision),
    ):
        model, objective = build_model_and_objective(config, trained_on)
        if not model.trainable_variables:
            model.solve()
            return model, objective, 0
    stage = directory / "refit" if refitted else directory
    checkpoints = RunCheckpoints(stage / "checkpoints", model, objective)
    return model, objective, checkpoints.restore_best().step


def item_degrees(dataset: Dataset) -> np.ndarray:
    """Training interactions of each item, (V,)."""
    return np.asarray(dataset.train.sum(axis=0)).ravel()
