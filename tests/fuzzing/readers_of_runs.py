"""Readers of directories: runs with their checkpoints, and what `inspect.py` says of any."""

import functools
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from a2bm2gl_tf.commands import runs
from a2bm2gl_tf.data.dataset import Dataset
from a2bm2gl_tf.data.options import DatasetOptions
from a2bm2gl_tf.data.registry import load_dataset
from a2bm2gl_tf.inspection.checkpoint_index import shard_bytes
from a2bm2gl_tf.inspection.kinds import summarise
from a2bm2gl_tf.inspection.over_seeds import groups_of, text_of_groups
from a2bm2gl_tf.inspection.side_by_side import table_of_runs
from a2bm2gl_tf.inspection.text import text_of
from a2bm2gl_tf.service.versions import find_versions
from a2bm2gl_tf.training.checkpoint_folder import CheckpointFolder
from a2bm2gl_tf.training.progress import Progress, ProgressVariable
from a2bm2gl_tf.training.trained_on import TrainedOn
from a2bm2gl_tf.training.trained_weights import TrainedWeights
from tests.fuzzing.campaign import Reader
from tests.fuzzing.case import Files
from tests.fuzzing.made import files_of, made_by_child
from tests.fuzzing.readers_of_exports import MODEL, export_files
from tests.fuzzing.readers_of_formats import prepared_files
from tests.fuzzing.readers_of_state import journal_files, store_files
from tests.inspection.conftest import SEARCH

_ROOT = Path(__file__).resolve().parents[2]
_DATA = {"num_users": 60, "num_items": 50, "num_interactions": 900, "seed": 3}
_SHORT = (
    "--model=bpr_mf",
    "--dimension=4",
    "--epochs=2",
    "--evaluate_every=1",
    "--log_format=json",
)
_INDEX = "step-9.index"
_SIZES = (300, 7)


@functools.cache
def _finished_run() -> Files:
    """A run of train.py, without TensorBoard's files."""
    flags = [f"--{name}={value}" for name, value in _DATA.items()]
    with tempfile.TemporaryDirectory() as folder:
        train = str(_ROOT / "run_scripts" / "train.py")
        line = [sys.executable, train, *flags, *_SHORT, f"--output_dir={folder}"]
        subprocess.run(line, check=True, capture_output=True)
        return {name: held for name, held in files_of(Path(folder)).items() if "events" not in name}


def _directories() -> list[Files]:
    """One of each kind that `summarise` knows."""
    (journal,), (store,) = journal_files(), store_files()
    search = {**journal, "study.json": json.dumps(SEARCH).encode()}
    # Most of its files are of users, which a summary does not read.
    results = {"results.jsonl": store["results.jsonl"]}
    metadata = {
        "config": {"model": "bpr_mf", "dataset": "synthetic", "training": {"seed": 3}},
        "step": 4,
        "split": "by hand",
    }
    (model,) = export_files()
    export = {**model, "assets/metadata.json": json.dumps(metadata).encode(), MODEL: b"\x08\x01"}
    (run,) = _files_of_run("config", "result", "metrics", "status", "checkpoints")
    return [run, search, results, *prepared_files(), export]


def _summarise(folder: Path) -> str:
    found = summarise(folder)
    text = text_of(found)
    json.dumps(found)
    if found["kind"] == "run":
        text += table_of_runs([found, found])
        next_seed = {**found, "seed": found["seed"] + 1}
        others = [{**run, "model": f"not {run['model']}"} for run in (found, next_seed)]
        text += text_of_groups(groups_of([found, next_seed, *others]))
    find_versions(folder)
    return text


@functools.cache
def _indices() -> list[Files]:
    def make(folder: Path) -> None:
        import tensorflow as tf

        # Enough variables that the index has several blocks.
        values = [tf.Variable(np.full(n % 7 + 1, n, np.float32)) for n in range(300)]
        for name, checkpoint in (
            ("large", tf.train.Checkpoint(values=values, text=tf.Variable("word"))),
            ("small", tf.train.Checkpoint(value=values[3])),
        ):
            checkpoint.write(str(folder / name / _INDEX.removesuffix(".index")))

    return [{_INDEX: files[_INDEX]} for files in made_by_child(make)]


class _State:
    """Two weights and a progress in a folder of checkpoints, as a run has them."""

    def __init__(self, path: Path):
        import tensorflow as tf

        self.progress = ProgressVariable()
        self.weights = [tf.Variable(np.zeros(size, np.float32)) for size in _SIZES]
        checkpoint = tf.train.Checkpoint(progress=self.progress, model=self.weights)
        self.folder = CheckpointFolder(path, checkpoint)

    def save(self, step: int) -> None:
        """Saves the weights of a step."""
        for variable in self.weights:
            variable.assign(np.full(variable.shape, step, np.float32))
        self.progress.store(Progress(step=step))
        self.folder.save(step)


@functools.cache
def _checkpoints() -> list[Files]:
    def make(folder: Path) -> None:
        state = _State(folder / "latest")
        for step in (3, 6, 9):
            state.save(step)

    return made_by_child(make)


def _read_checkpoints(folder: Path) -> int | None:
    state = _State(folder)
    if not state.folder.restore(partial=False):
        return None
    step = state.progress.load().step
    assert step in (6, 9)
    assert all((variable.numpy() == step).all() for variable in state.weights)
    state.folder.forget_after(step)
    state.save(12)
    assert _State(folder).folder.restore(partial=False)
    return step


@functools.cache
def _dataset() -> Dataset:
    return load_dataset("synthetic", DatasetOptions(**_DATA))


def _files_of_run(*beginnings: str) -> list[Files]:
    """The files of the run whose names begin so: damage to others would go unnoticed."""
    return [{n: held for n, held in _finished_run().items() if n.startswith(beginnings)}]


def _load_run(folder: Path) -> Any:
    with mock.patch.object(runs, "load_dataset", return_value=_dataset()):
        run = runs.load_run(folder)
    users, items = run.model.embeddings()
    assert np.isfinite(users).all()
    assert np.isfinite(items).all()
    return run.step


def _read_weights(folder: Path) -> str:
    trained_on = TrainedOn.read(folder)
    if trained_on is None:
        return "none"
    weights = TrainedWeights.of_checkpoints(folder, folder / "checkpoints", trained_on)
    weights.write(folder / "weights.npz")
    assert TrainedWeights.read(folder / "weights.npz").digest() == weights.digest()
    return weights.digest()


def readers_of_runs() -> list[Reader]:
    """All of them; the last three run TensorFlow."""
    return [
        Reader("directory", _directories, _summarise),
        Reader(
            "checkpoint_index",
            _indices,
            lambda folder: shard_bytes(folder / _INDEX),
            (ValueError, FileNotFoundError),
        ),
        Reader("checkpoints", _checkpoints, _read_checkpoints),
        Reader("run", lambda: _files_of_run("config", "result", "checkpoints/best"), _load_run),
        Reader(
            "warm_start", lambda: _files_of_run("trained_on", "checkpoints/best"), _read_weights
        ),
    ]
