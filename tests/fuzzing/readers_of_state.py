"""Readers of what this program wrote itself: runs, searches, comparisons, caches, recipes."""

import functools
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from absl import flags

from a2bm2gl_tf.commands import recipes
from a2bm2gl_tf.commands.run_config import RunConfig, claim_directory, read_config
from a2bm2gl_tf.commands.run_result import format_result, read_result
from a2bm2gl_tf.commands.training_flags import define_training_flags
from a2bm2gl_tf.comparison.execution import _Clock
from a2bm2gl_tf.comparison.per_user import read_per_user
from a2bm2gl_tf.comparison.plan import Rules, plan, tables_of
from a2bm2gl_tf.comparison.runner import run_missing
from a2bm2gl_tf.comparison.source import note_source
from a2bm2gl_tf.comparison.store import ResultStore
from a2bm2gl_tf.comparison.summary import summarise
from a2bm2gl_tf.comparison.tables import comma_separated, markdown, page
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.evaluation.config import EvaluationConfig
from a2bm2gl_tf.graph.surfing_cache import cached_top_m_neighbours
from a2bm2gl_tf.losses.config import LossConfig
from a2bm2gl_tf.methods.estimator import Estimator
from a2bm2gl_tf.methods.registry import METHODS
from a2bm2gl_tf.models.config import ModelConfig
from a2bm2gl_tf.training.config import TrainingConfig
from a2bm2gl_tf.training.run_log import _keep_until, median_epoch_seconds
from a2bm2gl_tf.tuning.search import _read as read_fit_record
from a2bm2gl_tf.tuning.space import Choices, Range
from a2bm2gl_tf.tuning.study import TuningStudy
from a2bm2gl_tf.tuning.study_directory import JOURNAL, StudyDirectory
from tests.comparison.conftest import DATA, TESTED, TRIALS, StubWorker
from tests.comparison.conftest import METHODS as COMPARED
from tests.fuzzing.campaign import Reader
from tests.fuzzing.case import Files
from tests.fuzzing.made import files_of, made_by_child
from tests.fuzzing.readers_of_files import npz

_IDENTITY = {"data": "abc", "rules": {"folds": 2, "seeds": [0, 1]}, "space": {"l2": {"low": 0.1}}}
_SPACE = (Choices("knn", (3, 5, 7)), Range("l2", 1e-4, 1e-1, log=True))


def _config() -> RunConfig:
    return RunConfig(
        "synthetic",
        DatasetOptions(data_dir=Path("/data"), modalities=("visual",)),
        "deepfm",
        ModelConfig(own={"hidden": (8, 4)}),
        LossConfig(),
        TrainingConfig(),
        EvaluationConfig(),
    )


def _configs() -> list[Files]:
    return [{"config.json": json.dumps(_config().to_json()).encode()}]


def _read_config(folder: Path) -> RunConfig:
    config = read_config(folder)
    again = config.to_json()
    assert type(config.training.learning_rate) in (int, float)
    assert RunConfig.from_json(again).to_json() == again
    claim_directory(folder, RunConfig.from_json(_config().to_json()))
    return config


def _results() -> list[Files]:
    metrics = {"ndcg@10": 0.3, "recall@10": 0.2, "auc": float("nan"), "num_users": 55.0}
    result = {
        "model": "a2bm2gl",
        "protocol": "whole_catalogue",
        "data": "abc",
        "test": metrics,
        "popularity": metrics,
        "validation": {"ndcg@10": 0.3},
        "best_step": 40,
        "stopped": "patience",
        "seed": 0,
        "refit": False,
        "seconds": 12.5,
        "seconds_per_epoch": 0.5,
        "peak_memory_bytes": 2**30,
        "versions": {"tensorflow": "2.21"},
    }
    return [{"result.json": json.dumps(result).encode()}]


def _read_result(folder: Path) -> str:
    return format_result(read_result(folder))


def _metrics() -> list[Files]:
    lines = [
        {"kind": "train", "step": 5, "epoch": 1, "loss": 0.5, "epoch_seconds": 0.25},
        {"kind": "validation", "step": 5, "epoch": 1, "ndcg@10": 0.1},
        {"kind": "train", "step": 10, "epoch": 2, "loss": 0.25, "epoch_seconds": 0.5},
    ]
    return [{"metrics.jsonl": "".join(json.dumps(line) + "\n" for line in lines).encode()}]


def _read_metrics(folder: Path) -> Any:
    median = median_epoch_seconds(folder)
    _keep_until(folder / "metrics.jsonl", 5)
    return median, median_epoch_seconds(folder)


@functools.cache
def store_files() -> list[Files]:
    """The store of a comparison."""
    rules = Rules(EvaluationConfig((10,)), "ndcg@10", trials=3, tuning_seed=0, seeds=(0, 1))
    comparison = plan(DATA, rules, COMPARED)
    with tempfile.TemporaryDirectory() as folder:
        with ResultStore(Path(folder)) as store:
            worker = StubWorker(store, TRIALS, TESTED)
            run_missing(comparison, store, lambda name: worker)
            store.begin(comparison)
        return [files_of(Path(folder))]


def _read_store(folder: Path) -> str:
    store = ResultStore(folder)
    results = [(each, summarise(each, store)) for each in tables_of(store.comparisons, [])]
    return markdown(results) + comma_separated(results) + page(results)


def _read_per_user(folder: Path) -> Any:
    found = read_per_user(folder / "u.npz", "ndcg@10")
    if found is None:
        raise UserError("missing or damaged")
    return found


def _read_study(folder: Path) -> None:
    StudyDirectory(folder, _IDENTITY).release()


@functools.cache
def journal_files() -> list[Files]:
    """The journal of a search."""
    with tempfile.TemporaryDirectory() as folder:
        study = TuningStudy(Path(folder, JOURNAL), _SPACE, "random", 0)
        for number in range(3):
            trial = study.begin(5)
            study.goes_on(trial, 1, 0.1 * number)
            fit = {"fold": 0, "seed": 0, "value": 0.1 * number, "best_step": 3, "seconds": 1.5}
            study.finish(trial, [fit]) if number else study.fail(trial, "diverged")
        study.begin(5)
        return [files_of(Path(folder))]


def _read_journal(folder: Path) -> Any:
    study = TuningStudy(folder / JOURNAL, _SPACE, "random", 0)
    study.begin(5)
    return study.records()


def _fit_records() -> list[Files]:
    fit = {"fold": 0, "seed": 0, "value": 0.5, "best_step": 3, "seconds": 1.5}
    return [{"fit.json": json.dumps({"fit": fit, "validations": [0.25, 0.5]}).encode()}]


def _read_fit(folder: Path) -> Any:
    sources = note_source(folder)
    seconds = _Clock(folder / "seconds.json").stop(1.0)
    return sources, seconds


@functools.cache
def _dataset() -> Dataset:
    return load_dataset(
        "synthetic", DatasetOptions(num_users=60, num_items=50, num_interactions=900, seed=3)
    )


@functools.cache
def _estimators() -> list[Files]:
    short = {"dimension": 4, "epochs": 1, "evaluate_every": 1}

    def make(folder: Path) -> None:
        for name, values in (("popularity", {}), ("itemknn", {}), ("bpr_mf", short)):
            estimator = Estimator(METHODS[name].fit_settings(**values))
            with tempfile.TemporaryDirectory() as fit:
                estimator.fit(_dataset(), Path(fit))
            estimator.save(folder / name)

    return made_by_child(make)


def _read_estimator(folder: Path) -> Any:
    users, scores = Estimator.load(folder, _dataset()).recommend(np.arange(3), 5)
    return users, scores


def _graph() -> sp.csr_matrix:
    half = sp.random(20, 20, density=0.2, random_state=np.random.default_rng(0), format="csr")
    return (half + half.T).tocsr()


@functools.cache
def _caches() -> list[Files]:
    with tempfile.TemporaryDirectory() as folder:
        cached_top_m_neighbours(Path(folder), _graph(), 2, 0.5, 5)
        return [files_of(Path(folder))]


def _read_cache(folder: Path) -> Any:
    found = cached_top_m_neighbours(folder, _graph(), 2, 0.5, 5)
    assert found.indices.max() < 20
    assert np.isfinite(found.weights).all()
    return found


def _flagfiles() -> list[Files]:
    text = "# A recipe\n--model=lightgcn\n--dimension=16\n--learning_rate=0.01\n--norefit\n"
    including = "--flagfile=synthetic.flags\n--epochs=3\n--modalities=visual,textual\n"
    return [{"a.flags": text.encode()}, {"a.flags": including.encode()}]


def _read_flagfile(folder: Path) -> Any:
    values = flags.FlagValues()
    define_training_flags(values)
    try:
        recipes.parse(values, "train.py", [f"--flagfile={folder / 'a.flags'}"])
    except flags.Error as error:
        # As `command_line.run` prints it.
        raise UserError(str(error)) from error
    return values.flag_values_dict()


def readers_of_state() -> list[Reader]:
    """All of them."""
    users = {"users": np.arange(4), "ndcg@10": np.array([0.1, 0.2, 0.3, 0.4])}
    seconds = {"seconds.json": b'{"seconds": 3.5}', "sources.json": b'["abc", "def"]'}
    return [
        Reader("flagfile", _flagfiles, _read_flagfile),
        Reader("run_config", _configs, _read_config),
        Reader("run_result", _results, _read_result),
        Reader("run_metrics", _metrics, _read_metrics),
        Reader("comparison_store", store_files, _read_store),
        Reader("per_user_metrics", lambda: [{"u.npz": npz(**users)}], _read_per_user),
        Reader(
            "study_directory",
            lambda: [{"study.json": json.dumps(_IDENTITY).encode()}],
            _read_study,
        ),
        Reader("study_journal", journal_files, _read_journal),
        Reader("fit_record", _fit_records, lambda folder: read_fit_record(folder / "fit.json")),
        Reader("fit_notes", lambda: [seconds], _read_fit),
        Reader("estimator", _estimators, _read_estimator),
        Reader("surfing_cache", _caches, _read_cache),
    ]
