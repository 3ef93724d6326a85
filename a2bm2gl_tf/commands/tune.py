"""Search the hyper-parameters of one method on validation data; the test split is not touched.

The flags of train.py, of which a flagfile may be a recipe, say what every trial has; --space says
what is searched. Gives best.flags, which train.py takes as it is, trials.csv, pictures (PNG) and
tune.html.

Interrupted or killed, the same command goes on from where it was; with a larger --trials, beyond.
"""

import dataclasses
import logging
import time
from pathlib import Path
from typing import Any

from absl import flags

from a2bm2gl_tf.commands import tune_flags
from a2bm2gl_tf.commands.best_flags import best_flagfile
from a2bm2gl_tf.commands.build import check_sizes
from a2bm2gl_tf.commands.comparing import output_directory
from a2bm2gl_tf.commands.flag_values import config_from_flags, refuse_contradictions
from a2bm2gl_tf.commands.run_config import RunConfig
from a2bm2gl_tf.commands.tune_flags import SearchRules
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.fingerprint import data_fingerprint
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import write_files
from a2bm2gl_tf.methods.registry import find_method
from a2bm2gl_tf.methods.settings import FitSettings, flag_of, flatten, with_settings
from a2bm2gl_tf.reports.tables import as_markdown
from a2bm2gl_tf.tuning.drawing import ONE_AT_A_TIME
from a2bm2gl_tf.tuning.folds import cross_validation, without_test
from a2bm2gl_tf.tuning.report import changes_table, comma_separated, page, pictures_of, summary
from a2bm2gl_tf.tuning.search import Fits, run_search
from a2bm2gl_tf.tuning.space import Space, around
from a2bm2gl_tf.tuning.study import TuningStudy, best_of
from a2bm2gl_tf.tuning.study_directory import JOURNAL, StudyDirectory
from a2bm2gl_tf.tuning.worker import FitProcess

_LOGGER = logging.getLogger(__name__)

define_flags = tune_flags.define_flags


def main(values: flags.FlagValues) -> None:
    """Runs the trials that are missing, writes the three files and prints the best settings."""
    started = time.monotonic()
    path = output_directory(values.output_dir, "search")
    rules, space = tune_flags.rules_of_flags(values), tune_flags.space_of_flags(values)
    config = config_from_flags(values)
    if rules.search == ONE_AT_A_TIME:
        recipe = flatten(dataclasses.asdict(config.fit_settings))
        space = around(space, {flag_of(name): value for name, value in recipe.items()})
    # From here on nothing has the test split.
    dataset = without_test(load_dataset(values.dataset, config.data))
    check_sizes(config, dataset)
    datasets = _folds(dataset, rules)
    directory = StudyDirectory(path, _identity(config, dataset, space, rules))
    try:
        study = TuningStudy(
            path / JOURNAL, space, rules.search, rules.tuning_seed, rules.pruning, values.workers
        )
        fits = Fits(
            folds=len(datasets),
            seeds=rules.seeds,
            settings_of=lambda picked: _settings(config, picked, dataset),
            pruned=rules.pruning != "none",
            runs=path / "runs",
        )
        workers = [
            FitProcess(datasets, config.evaluation, path / "logs" / f"worker{number}.log")
            for number in range(values.workers)
        ]
        budget = tune_flags.budget_of_flags(values, space)
        try:
            count = run_search(study, fits, workers, budget)
        except KeyboardInterrupt:
            _write(path, study, values, config, dataset, rules)
            _LOGGER.warning("interrupted; the same command goes on from there")
            raise
        _write(path, study, values, config, dataset, rules)
    finally:
        directory.release()
    if rules.search == ONE_AT_A_TIME:
        print(as_markdown(changes_table(study.records(), space, config.training.monitor)))
    print(summary(study.records(), config.training.monitor))
    minutes = (time.monotonic() - started) / 60
    print(f"\n{count} fits in {minutes:.1f} minutes; best.flags, trials.csv, tune.html in {path}")


def _folds(dataset: Dataset, rules: SearchRules) -> tuple[Dataset, ...]:
    if rules.folds:
        return cross_validation(dataset, rules.folds, rules.tuning_seed)
    if not dataset.validation.nnz:
        raise UserError(
            f"--dataset={dataset.name}: has no validation interactions; prepare it with some, or "
            "give --folds=5"
        )
    return (dataset,)


def _settings(config: RunConfig, picked: dict[str, Any], dataset: Dataset) -> FitSettings:
    config = with_settings(config, picked)
    refuse_contradictions(config)
    check_sizes(config, dataset)
    return config.fit_settings


def _identity(
    config: RunConfig, dataset: Dataset, space: Space, rules: SearchRules
) -> dict[str, Any]:
    base = config.fit_settings.to_json()
    # Neither where a cache lies nor how often a fit is saved changes a result.
    del base["model_config"]["surfing"]["cache_dir"]
    del base["training"]["checkpoint_seconds"]
    return {
        "kind": "a2bm2gl search",
        "data": data_fingerprint(dataset),
        "settings": base,
        "evaluation": dataclasses.asdict(config.evaluation),
        "rules": dataclasses.asdict(rules),
        "space": {parameter.name: parameter.to_json() for parameter in space},
        # A grid is drawn in another order where its settings are.
        "order": [parameter.name for parameter in space],
    }


def _write(
    path: Path,
    study: TuningStudy,
    values: flags.FlagValues,
    config: RunConfig,
    dataset: Dataset,
    rules: SearchRules,
) -> None:
    records, monitor = study.records(), config.training.monitor
    title = f"{find_method(config.model).title} on {dataset.name}: search of hyper-parameters"
    judged = (
        f"{rules.folds}-fold cross-validation in training and validation interactions"
        if rules.folds
        else "the validation split"
    )
    lead = [
        f"{dataset.num_users:,} users, {dataset.num_items:,} items, {dataset.train.nnz:,} + "
        f"{dataset.validation.nnz:,} interactions ({dataset.split}); test interactions unused",
        f"search: {rules.search}; judged by {monitor} on {judged}; seeds "
        f"{', '.join(map(str, rules.seeds))}; pruning: {rules.pruning}; seed of the draws "
        f"{rules.tuning_seed}",
    ]
    pictures = pictures_of(records, study.space, monitor, rules.search)
    files = {name: data for name, (_, data) in pictures.items()}
    files |= {
        "trials.csv": comma_separated(records, study.space),
        "tune.html": page(records, study.space, title, lead, monitor, pictures, rules.search),
    }
    best = best_of(records)
    if best is not None:
        files["best.flags"] = best_flagfile(values, best, monitor)
    write_files(path, files)
