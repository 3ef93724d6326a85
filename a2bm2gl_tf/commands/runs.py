"""Finished runs: where their parts lie, and loading them again."""

import dataclasses
from pathlib import Path

import keras
import numpy as np

from a2bm2gl_tf.commands.run_config import RunConfig, read_config
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.methods.fitting import build_model_and_objective
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.training.checkpoints import RunCheckpoints


@dataclasses.dataclass(frozen=True)
class FinishedRun:
    """A trained model with what it was trained on.

    Attributes:
      config: the run's settings.
      dataset: as the run split it.
      model: with the weights of the best step.
      step: that step.
    """

    config: RunConfig
    dataset: Dataset
    model: Recommender
    step: int


def result_path(directory: Path) -> Path:
    """Where a run's test metrics are."""
    return directory / "result.json"


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
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(config.training.precision)
    try:
        model, objective = build_model_and_objective(config, trained_on)
    finally:
        keras.config.set_dtype_policy(before)
    step = 0
    if model.trainable_variables:
        checkpoints = RunCheckpoints(
            stage_directory(directory, config) / "checkpoints", model, objective
        )
        step = checkpoints.restore_best().step
    else:
        model.solve()
    return FinishedRun(config, dataset, model, step)


def item_degrees(dataset: Dataset) -> np.ndarray:
    """Training interactions of each item, (V,)."""
    return np.asarray(dataset.train.sum(axis=0)).ravel()
