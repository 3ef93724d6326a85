"""What the experiments share that hold users or items out of training: flags, draws, fits."""

import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from absl import flags

from a2bm2gl_tf.commands.build import check_sizes
from a2bm2gl_tf.commands.comparing import output_directory, parse_seeds
from a2bm2gl_tf.commands.flag_values import config_from_flags
from a2bm2gl_tf.commands.run_config import RunConfig, claim_directory
from a2bm2gl_tf.commands.training_flags import define_training_flags
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.preparation.random_streams import random_stream
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import write_json
from a2bm2gl_tf.methods.fitting import fit, refit
from a2bm2gl_tf.methods.settings import with_settings
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.models.registry import MODELS
from a2bm2gl_tf.stored_values import read_json
from a2bm2gl_tf.training.reproducibility import make_reproducible


class Stages(NamedTuple):
    """A model trained as train.py trains it.

    Attributes:
      selection: before it learned from validation data.
      final: as it is tested; the same model without a refit.
      trained_on: what `final` learned from.
    """

    selection: Recommender
    final: Recommender
    trained_on: Dataset


class Experiment(NamedTuple):
    """What the flags ask for.

    Attributes:
      config: the recipe; its seed is that of the data.
      dataset: as it was loaded.
      directory: the output directory.
      seeds: of the fits and of what is held out.
      fraction: the share that is held out.
    """

    config: RunConfig
    dataset: Dataset
    directory: Path
    seeds: tuple[int, ...]
    fraction: float

    def of_seed(self, seed: int) -> tuple[RunConfig, Path]:
        """The recipe of a seed's fits, and the directory of that seed and fraction."""
        config = with_settings(self.config, {"seed": seed})
        return config, self.directory / f"held_{self.fraction:g}_seed_{seed}"

    def records(
        self, name: str, measure: Callable[["Experiment", RunConfig, Path], dict]
    ) -> list[dict[str, Any]]:
        """What each seed came to: from its file, or measured now and written there.

        Args:
          name: of the file in a seed's directory.
          measure: what the experiment is, from it and what `of_seed` gives.

        Raises:
          UserError: if a file is damaged, or as `measure`.
        """
        records = []
        for seed in self.seeds:
            config, directory = self.of_seed(seed)
            path = directory / name
            if not path.is_file():
                write_json(path, measure(self, config, directory))
            records.append(read_json(path, "remove it"))
        return records


def define_held_out_flags(fv: flags.FlagValues, what: str) -> None:
    """Defines the flags of train.py, --seeds and --held_out.

    Args:
      fv: where.
      what: users or items.
    """
    define_training_flags(fv)
    fv["output_dir"].help = "Directory of the experiment, new or to go on with."
    fv["seed"].help = "Seed of the split, of generated data and of sampled candidates."
    flags.DEFINE_list("seeds", ["0"], f"Seeds of the held-out {what} and fits.", flag_values=fv)
    flags.DEFINE_float("held_out", 0.2, f"Share of the {what} to hold out.", flag_values=fv)


def experiment_of_flags(fv: flags.FlagValues) -> Experiment:
    """Checks the flags, claims the directory and loads the data.

    Raises:
      UserError: naming the flag to change.
    """
    directory, seeds = output_directory(fv.output_dir, "experiment"), parse_seeds(fv.seeds)
    if not 0 < fv.held_out < 1:
        raise UserError(f"--held_out={fv.held_out:g}: give a share between 0 and 1, such as 0.2")
    if not MODELS[fv.model].has_embeddings:
        raise UserError(f"--model={fv.model}: scores without embeddings; give one that has them")
    config = config_from_flags(fv)
    if config.training.strategy != "none":
        raise UserError(f"--strategy={config.training.strategy}: these fits run on one device")
    dataset = load_dataset(config.dataset, config.data)
    check_sizes(config, dataset)
    if not dataset.test.nnz or not dataset.validation.nnz:
        raise UserError(
            f"--dataset={config.dataset}: has no validation or test interactions, which this needs"
        )
    claim_directory(directory, config)
    return Experiment(config, dataset, directory, seeds, fv.held_out)


def draw(candidates: np.ndarray, fraction: float, seed: int, flag: str) -> np.ndarray:
    """A share of the candidates, drawn uniformly, ascending.

    Raises:
      UserError: if nothing is drawn, or nothing left.
    """
    number = int(fraction * len(candidates))
    if not 0 < number < len(candidates):
        raise UserError(
            f"--{flag}={fraction:g}: of {len(candidates)} holds {number} out; give another share"
        )
    return np.sort(random_stream(seed, 0).permutation(candidates)[:number])


def train_stages(config: RunConfig, dataset: Dataset, directory: Path) -> Stages:
    """Trains as train.py does, from wherever the directory stands.

    Raises:
      UserError: as `fit`.
    """
    make_reproducible(config.training)
    model, progress = fit(
        config, dataset, config.evaluation, directory, validation=dataset.validation
    )
    if not config.refit:
        return Stages(model, model, dataset)
    final, _ = refit(config, dataset, config.evaluation, directory / "refit", progress.best_step)
    return Stages(model, final, dataset.with_validation_in_train())


def machine() -> str:
    """What the numbers were measured on."""
    return f"{platform.machine()}, {os.cpu_count()} cores"
