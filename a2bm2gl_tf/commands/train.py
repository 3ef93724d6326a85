"""Train, test and record one run in one output directory."""

import contextlib
import logging
import time
from pathlib import Path
from typing import Any, NamedTuple

from absl import flags

from a2bm2gl_tf.commands.about_run import (
    TRIAL_FIRST,
    about_run,
    trial_metrics,
    trial_settings,
    trial_types,
    versions,
)
from a2bm2gl_tf.commands.build import check_sizes, protocol_line
from a2bm2gl_tf.commands.flag_values import config_from_flags
from a2bm2gl_tf.commands.memory_flags import define_memory_flags
from a2bm2gl_tf.commands.run_config import RunConfig, claim_directory
from a2bm2gl_tf.commands.run_result import format_result, read_result, result_path
from a2bm2gl_tf.commands.runs import item_degrees
from a2bm2gl_tf.commands.structured_log import run_log
from a2bm2gl_tf.commands.training_flags import define_training_flags
from a2bm2gl_tf.commands.warm_starting import (
    Beginning,
    define_warm_start_flag,
    keep_source,
    with_warm_start,
)
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.fingerprint import data_fingerprint
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.directory_lock import DirectoryLock
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import remove_temporaries, write_json
from a2bm2gl_tf.graph.propagation import resolve_backend
from a2bm2gl_tf.methods.fitting import evaluate_model, fit, refit, test_seen
from a2bm2gl_tf.methods.memory_estimate import check_memory, foresee
from a2bm2gl_tf.models.popularity import Popularity
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.training.devices import describe_placement
from a2bm2gl_tf.training.distribution import (
    Distribution,
    build_distribution,
    lost_workers_as_errors,
)
from a2bm2gl_tf.training.peak_memory import peak_memory_bytes
from a2bm2gl_tf.training.progress import Progress
from a2bm2gl_tf.training.reproducibility import make_reproducible
from a2bm2gl_tf.training.run_log import median_epoch_seconds
from a2bm2gl_tf.training.run_status import RUNNING, read_status, record_finished, recorded
from a2bm2gl_tf.training.tensorboard_extras import write_projector
from a2bm2gl_tf.training.tensorboard_hparams import begin_trial, end_trial

_LOGGER = logging.getLogger(__name__)


def define_flags(fv: flags.FlagValues) -> None:
    """Defines the flags of train.py."""
    define_training_flags(fv)
    define_memory_flags(fv)
    define_warm_start_flag(fv)


def main(values: flags.FlagValues) -> None:
    """Runs train.py with parsed flags; prints the test metrics beside popularity's."""
    config = config_from_flags(values)
    if not values.output_dir:
        raise UserError("--output_dir is missing: name the directory of the run, new or to resume")
    directory = Path(values.output_dir)
    distribution = build_distribution(config.training.strategy)
    backend = resolve_backend(config.model_config.propagation, config.training.jit_compile)
    dataset = load_dataset(config.dataset, config.data)
    check_sizes(config, dataset)
    with contextlib.ExitStack() as held, lost_workers_as_errors():
        if distribution.is_chief:
            # Before the lock, which makes the directory: what is refused leaves none.
            config = with_warm_start(config, values.warm_start, directory)
            # A finished run is only read, by as many as like to.
            if not result_path(directory).is_file():
                held.enter_context(DirectoryLock(directory))
                remove_temporaries(directory)
            claim_directory(directory, config)
            keep_source(config, directory)
        distribution.agree()
        # The others find in the directory what the chief has recorded there.
        config = with_warm_start(config, values.warm_start, directory)
        claim_directory(directory, config)
        if result_path(directory).is_file():
            print(f"{directory} is finished already")
            if distribution.is_chief:
                _mend_ending(directory)
        else:
            _train_recorded(config, dataset, directory, distribution, backend, values.memory_check)
        # The others leave only when the result is there: a worker that goes stops the rest.
        distribution.agree()
    if distribution.is_chief:
        print(format_result(read_result(directory)))


def _train_recorded(
    config: RunConfig,
    dataset: Dataset,
    directory: Path,
    distribution: Distribution,
    backend: str,
    memory_check: str,
) -> None:
    """Trains and tests; the chief records in the directory how that ended."""
    if not distribution.is_chief:
        _train(config, dataset, directory, distribution)
        return
    estimate = foresee(config, dataset)
    about = about_run(config, dataset, data_fingerprint(dataset))
    about["estimated_memory_bytes"] = estimate.total
    with recorded(directory, about) as status, run_log(directory):
        _log_start(about, describe_placement(backend, config.training))
        check_memory(estimate, memory_check)
        board = directory / "tensorboard"
        types, metrics = trial_types(), trial_metrics(config)
        begin_trial(board, trial_settings(config), types, metrics, status["id"], first=TRIAL_FIRST)
        started = time.monotonic()
        trained = _train(config, dataset, directory, distribution)
        record = {
            **_test(config, dataset, trained),
            "data": about["dataset"]["fingerprint"],
            "seconds": time.monotonic() - started,
            "seconds_per_epoch": median_epoch_seconds(directory),
            "peak_memory_bytes": peak_memory_bytes(),
        }
        _write_tensorboard(dataset, trained.model, directory, record)
        write_json(result_path(directory), record)
        peak = peak_memory_bytes()
        _LOGGER.info(
            "finished; peak memory %.2f GiB, %.2f GiB were foreseen",
            peak / 2**30,
            estimate.total / 2**30,
            extra={"event": "finished", "peak_bytes": peak, "foreseen_bytes": estimate.total},
        )


def _mend_ending(directory: Path) -> None:
    """Does what a process that was killed after it had written the result has left undone.

    Where another process is at it, or the directory cannot be written, the result stands anyway.
    """
    with contextlib.suppress(UserError, OSError):
        if read_status(directory).get("state") == RUNNING:
            with DirectoryLock(directory):
                remove_temporaries(directory)
                record_finished(directory)


def _log_start(about: dict, placement: str) -> None:
    data = about["dataset"]
    modalities = ", ".join(f"{name} ({width})" for name, width in data["modalities"].items())
    _LOGGER.info(
        "%s: %d users, %d items, %d + %d + %d interactions (%s); modalities: %s",
        *(data[x] for x in ("name", "users", "items", "train", "validation", "test", "split")),
        modalities or "none",
        extra={"event": "started", **about},
    )
    _LOGGER.info("%s", placement, extra={"event": "placement"})


class _Trained(NamedTuple):
    """The model to test, what selected its step, and what it began with."""

    model: Recommender
    selected: Progress
    beginning: Beginning


def _train(
    config: RunConfig, dataset: Dataset, directory: Path, distribution: Distribution
) -> _Trained:
    make_reproducible(config.training)
    beginning = Beginning(config, dataset, directory, distribution.is_chief)
    model, selected = fit(
        config,
        dataset,
        config.evaluation,
        directory,
        distribution,
        dataset.validation,
        before_training=beginning,
    )
    if config.refit:
        _LOGGER.info("refit on training and validation data")
        model, _ = refit(
            config,
            dataset,
            config.evaluation,
            directory / "refit",
            selected.best_step,
            distribution,
            beginning,
        )
    return _Trained(model, selected, beginning)


def _test(config: RunConfig, dataset: Dataset, trained: _Trained) -> dict[str, Any]:
    """What `result.json` says of the trained model and how it came about."""
    selected = trained.selected
    seen = test_seen(dataset, config.evaluation)
    result = evaluate_model(trained.model, dataset.test, seen, config.evaluation)
    popularity = evaluate_model(
        Popularity(dataset, config.model_config), dataset.test, seen, config.evaluation
    )
    return {
        "model": config.model,
        "protocol": protocol_line(dataset, config.evaluation),
        "test": result.means,
        "popularity": popularity.means,
        "validation": {config.training.monitor: selected.best_value},
        "best_step": selected.best_step,
        "stopped": selected.stopped,
        "seed": config.training.seed,
        "refit": config.refit,
        "warm_start": trained.beginning.record(),
        "versions": versions(),
    }


def _write_tensorboard(dataset: Dataset, model: Recommender, directory: Path, record: dict) -> None:
    board = directory / "tensorboard"
    end_trial(board, record["test"], record["best_step"])
    if model.has_embeddings:
        _, items = model.embeddings()
        write_projector(board, items.numpy(), dataset.titles(), item_degrees(dataset))
