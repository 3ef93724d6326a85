"""--warm_start: where a run starts from, checked, recorded and kept."""

import dataclasses
import logging
from pathlib import Path

from absl import flags

from a2bm2gl_tf.commands.run_config import (
    CONFIG_REMEDY,
    RunConfig,
    WarmStart,
    config_path,
    read_config,
)
from a2bm2gl_tf.commands.run_result import read_result, result_path
from a2bm2gl_tf.commands.runs import check_same_data
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.losses.objective import Objective
from a2bm2gl_tf.methods.fitting import build_model_and_objective
from a2bm2gl_tf.methods.stored_settings import blaming_settings
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.models.registry import MODELS
from a2bm2gl_tf.training.reproducibility import in_precision
from a2bm2gl_tf.training.trained_on import TrainedOn
from a2bm2gl_tf.training.trained_weights import TrainedWeights
from a2bm2gl_tf.training.warm_start import CarriedOver, warm_start

_LOGGER = logging.getLogger(__name__)
_COPY = "warm_start.npz"


def define_warm_start_flag(fv: flags.FlagValues) -> None:
    """Defines --warm_start."""
    flags.DEFINE_string(
        "warm_start",
        None,
        "Directory of a run to start from: rows go over by original id, to grown data.",
        flag_values=fv,
    )


def with_warm_start(config: RunConfig, source: str | None, directory: Path) -> RunConfig:
    """Adds to a run's settings where it starts from.

    What a run has recorded when it began counts: the other run may have gone on since, or be gone.

    Args:
      config: the settings so far.
      source: value of --warm_start.
      directory: output directory of the run.

    Raises:
      UserError: if the other run cannot be started from.
    """
    if source is None:
        return config
    path = Path(source).resolve()
    if path == directory.resolve():
        raise UserError(
            f"--warm_start={source}: is the output directory itself; leave the flag out to resume "
            "that run, or give another --output_dir"
        )
    recorded = None
    if config_path(directory).is_file():
        recorded = read_config(directory).warm_start
    if recorded is None or recorded.path != path:
        recorded = WarmStart(path, _weights_of(path, config).digest())
    return dataclasses.replace(config, warm_start=recorded)


def keep_source(config: RunConfig, directory: Path) -> None:
    """Copies the weights that a run starts from into its directory, once.

    From then on it needs nothing of the other run, which may go on, be moved or removed.

    Raises:
      UserError: if the other run is not what it was when this one began.
    """
    start = config.warm_start
    if start is None or (directory / _COPY).is_file() or result_path(directory).is_file():
        return
    weights = _weights_of(start.path, config)
    if weights.digest() != start.digest:
        raise UserError(
            f"--warm_start={start.path}: its weights have changed since this run began, before "
            "they were copied; use another --output_dir"
        )
    weights.write(directory / _COPY)


class Beginning:
    """What happens to a new model before it is trained; called with it and its loss.

    Attributes:
      carried: what the last call took over from another run; None where there is none.

    Args:
      config: the run's settings.
      dataset: with its validation data apart, also for a refit.
      directory: output directory of the run.
      is_chief: whether this worker writes.
    """

    def __init__(self, config: RunConfig, dataset: Dataset, directory: Path, is_chief: bool):
        self._config, self._dataset, self._directory = config, dataset, directory
        self._is_chief = is_chief
        self.carried: CarriedOver | None = None

    def __call__(self, model: Recommender, objective: Objective) -> None:
        """Notes what the weights will stand for, and starts them from the other run's."""
        config = self._config
        if self._is_chief and type(model).can_start_warm():
            _describe(config, self._dataset, model, objective).write(self._directory)
        if config.warm_start is None:
            return
        # A run that is resumed does this too, and its checkpoint then goes over it.
        source = TrainedWeights.read(self._directory / _COPY)
        before, self.carried = self.carried, warm_start(model, objective, self._dataset, source)
        if self._is_chief and before is None:
            self._log()

    def _log(self) -> None:
        start = self._config.warm_start
        _LOGGER.info("warm start from %s: %s", start.path, ". ".join(self.carried.lines()))
        for part, count in self.carried.held_out.items():
            if count:
                _LOGGER.warning(
                    "%d of the %d %s interactions are among those that %s has learned from: its "
                    "metrics will be too good; split grown data by time",
                    count,
                    getattr(self._dataset, part).nnz,
                    part,
                    start.path,
                )

    def record(self) -> dict | None:
        """For `result.json`: where the run started from and what went over; None if nowhere."""
        start = self._config.warm_start
        if start is None or self.carried is None:
            return None
        return {"path": str(start.path), "digest": start.digest} | dataclasses.asdict(self.carried)


def _describe(
    config: RunConfig, dataset: Dataset, model: Recommender, objective: Objective
) -> TrainedOn:
    dimension = config.model_config.dimension
    return TrainedOn.describe(config.model, dimension, model, objective, dataset)


def _weights_of(source: Path, config: RunConfig) -> TrainedWeights:
    """The best weights of a run, finished or not: after a refit, the refit's."""
    if not MODELS[config.model].can_start_warm():
        raise UserError(
            f"--warm_start: model {config.model} cannot start from another run's weights; leave "
            "the flag out"
        )
    if not config_path(source).is_file():
        raise UserError(f"--warm_start={source}: no run there (config.json is missing)")
    of_source = read_config(source)
    for name, theirs, ours in (
        ("model", of_source.model, config.model),
        ("dimension", of_source.model_config.dimension, config.model_config.dimension),
    ):
        if theirs != ours:
            raise UserError(
                f"--warm_start={source}: was trained with --{name}={theirs}, this run has "
                f"--{name}={ours}; give both the same"
            )
    trained_on = TrainedOn.read(source)
    if trained_on is None:
        trained_on = _of_its_data(source, of_source)
    checkpoints = source / "checkpoints"
    if (source / "refit" / "checkpoints" / "best" / "checkpoint").is_file():
        checkpoints = source / "refit" / "checkpoints"
        learned = (trained_on.train + trained_on.validation).tocsr()
        trained_on = dataclasses.replace(trained_on, train=learned)
    return TrainedWeights.of_checkpoints(source, checkpoints, trained_on)


def _of_its_data(source: Path, config: RunConfig) -> TrainedOn:
    """Of a run that an earlier version trained, which did not keep its ids."""
    try:
        dataset = load_dataset(config.dataset, config.data)
        if result_path(source).is_file():
            check_same_data(source, read_result(source), dataset)
    except UserError as error:
        raise UserError(
            f"--warm_start={source}: an earlier version trained it, which kept no ids, and its "
            f"data cannot be used ({error})"
        ) from error
    with (
        blaming_settings(config_path(source), CONFIG_REMEDY),
        in_precision(config.training.precision),
    ):
        return _describe(config, dataset, *build_model_and_objective(config, dataset))
