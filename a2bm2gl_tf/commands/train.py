"""Train, test and record one run in one output directory."""

import logging
import time
from pathlib import Path

import tensorflow as tf
from absl import flags

from a2bm2gl_tf import __version__
from a2bm2gl_tf.commands.build import check_sizes, protocol_line
from a2bm2gl_tf.commands.flag_values import config_from_flags
from a2bm2gl_tf.commands.run_config import RunConfig, claim_directory
from a2bm2gl_tf.commands.runs import item_degrees, read_result, result_path
from a2bm2gl_tf.commands.training_flags import define_training_flags
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.fingerprint import data_fingerprint
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import write_json
from a2bm2gl_tf.graph.propagation import resolve_backend
from a2bm2gl_tf.methods.fitting import evaluate_model, fit, refit, test_seen
from a2bm2gl_tf.methods.settings import flatten
from a2bm2gl_tf.models.popularity import Popularity
from a2bm2gl_tf.models.recommender import Recommender
from a2bm2gl_tf.training.devices import describe_placement
from a2bm2gl_tf.training.distribution import (
    Distribution,
    build_distribution,
    lost_workers_as_errors,
)
from a2bm2gl_tf.training.peak_memory import peak_memory_bytes
from a2bm2gl_tf.training.reproducibility import make_reproducible
from a2bm2gl_tf.training.run_log import median_epoch_seconds
from a2bm2gl_tf.training.tensorboard_extras import write_hparams, write_projector

_LOGGER = logging.getLogger(__name__)

define_flags = define_training_flags


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
    with lost_workers_as_errors():
        if distribution.is_chief:
            claim_directory(directory, config)
        distribution.agree()
        claim_directory(directory, config)
        if result_path(directory).is_file():
            print(f"{directory} is finished already")
        else:
            if distribution.is_chief:
                _log_start(config, dataset, backend)
            _train_and_test(config, dataset, directory, distribution)
        # The others leave only when the result is there: a worker that goes stops the rest.
        distribution.agree()
    if distribution.is_chief:
        print(format_result(read_result(directory)))


def _log_start(config: RunConfig, dataset: Dataset, backend: str) -> None:
    _LOGGER.info(
        "%s: %d users, %d items, %d + %d + %d interactions (%s); modalities: %s",
        dataset.name,
        dataset.num_users,
        dataset.num_items,
        dataset.train.nnz,
        dataset.validation.nnz,
        dataset.test.nnz,
        dataset.split,
        ", ".join(f"{m.name} ({m.dimension})" for m in dataset.modalities) or "none",
    )
    _LOGGER.info("%s", describe_placement(backend, config.training))


def _train_and_test(
    config: RunConfig, dataset: Dataset, directory: Path, distribution: Distribution
) -> None:
    make_reproducible(config.training)
    started = time.monotonic()
    model, progress = fit(
        config, dataset, config.evaluation, directory, distribution, dataset.validation
    )
    selected = progress
    if config.refit:
        _LOGGER.info("refit on training and validation data")
        model, progress = refit(
            config,
            dataset,
            config.evaluation,
            directory / "refit",
            selected.best_step,
            distribution,
        )
    if not distribution.is_chief:
        return
    seen = test_seen(dataset, config.evaluation)
    result = evaluate_model(model, dataset.test, seen, config.evaluation)
    popularity = evaluate_model(
        Popularity(dataset, config.model_config), dataset.test, seen, config.evaluation
    )
    record = {
        "model": config.model,
        "protocol": protocol_line(dataset, config.evaluation),
        "data": data_fingerprint(dataset),
        "test": result.means,
        "popularity": popularity.means,
        "validation": {config.training.monitor: selected.best_value},
        "best_step": selected.best_step,
        "stopped": selected.stopped,
        "seed": config.training.seed,
        "refit": config.refit,
        "seconds": time.monotonic() - started,
        "seconds_per_epoch": median_epoch_seconds(directory),
        "peak_memory_bytes": peak_memory_bytes(),
        "versions": {"a2bm2gl_tf": __version__, "tensorflow": tf.__version__},
    }
    _write_tensorboard(config, dataset, model, directory, record)
    write_json(result_path(directory), record)


def _write_tensorboard(
    config: RunConfig, dataset: Dataset, model: Recommender, directory: Path, record: dict
) -> None:
    board = directory / "tensorboard"
    plain = (bool, int, float, str)
    settings = {k: v for k, v in sorted(flatten(config.to_json()).items()) if isinstance(v, plain)}
    write_hparams(board, settings, record["test"], record["best_step"])
    if model.has_embeddings:
        _, items = model.embeddings()
        write_projector(board, items.numpy(), dataset.titles(), item_degrees(dataset))


def format_result(record: dict) -> str:
    """The stored result as a table for people.

    Args:
      record: what `result.json` holds.
    """
    names = [name for name in record["test"] if name != "num_users"]
    width = max(map(len, names))
    lines = [
        f"test metrics ({record['protocol']}; {record['test']['num_users']:.0f} users; seed "
        f"{record['seed']})",
        f"{'':{width}}  {record['model']:>10}  popularity",
    ]
    lines += [
        f"{name:{width}}  {record['test'][name]:10.4f}  {record['popularity'][name]:10.4f}"
        for name in names
    ]
    refit = ", then refit on training and validation data" if record["refit"] else ""
    lines.append(f"best step {record['best_step']} by validation{refit}; {record['seconds']:.0f} s")
    # A run that an earlier version finished has no such entry.
    if record.get("seconds_per_epoch") is not None:
        lines.append(
            f"{record['seconds_per_epoch']:.3g} s an epoch (median, without validation); peak "
            f"memory {record['peak_memory_bytes'] / 2**30:.2f} GiB"
        )
    return "\n".join(lines)
