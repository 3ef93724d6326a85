"""Runs of train.py that are killed at random, and what must hold of the files they leave."""

import dataclasses
import json
import logging
import random
import signal
from pathlib import Path
from typing import Any

import tensorflow as tf

from tests.faults.file_events import FileEvents
from tests.faults.forked_commands import Zygote

_TIMED = ("seconds", "epoch_seconds", "steps_per_second", "seconds_per_epoch", "peak_memory_bytes")
# Parts of the paths of what is written late in a run, or seldom.
_TARGETS = (
    "config.json",
    "/checkpoints/best/step-6",
    "/checkpoints/latest/step-15",
    "/refit/metrics.jsonl",
    "/refit/checkpoints/latest/step-9",
    "/refit/checkpoints/best",
    "/items.tsv",
    "/item_embeddings.tsv",
    ".projector_config",
    "result.json",
)
_LOGGER = logging.getLogger(__name__)


@dataclasses.dataclass
class Kills:
    """What came of a number of kills.

    Attributes:
      points: kills.
      chains: runs that were killed, some of them many times, and resumed to their end.
      stages: where kills struck -> how many.
      debris: kills that left a temporary file or a checkpoint that is not named.
      cut_lines: kills that left half a line at the end of metrics.jsonl.
    """

    points: int = 0
    chains: int = 0
    stages: dict[str, int] = dataclasses.field(default_factory=dict)
    debris: int = 0
    cut_lines: int = 0


def kill_at_random(zygote: Zygote, flags: list[str], folder: Path, points: int, seed: int) -> Kills:
    """Kills runs at random, resumes each until it ends, and compares it to the uninterrupted one.

    A third of the kills strike at a random time, a third right after a random file event, and a
    third when a file that is picked at random is first touched, temporary or not.

    Args:
      zygote: starts the runs.
      flags: of train.py, but for --output_dir.
      folder: an empty directory to work in.
      points: how many kills.
      seed: integer seed of their times.

    Raises:
      AssertionError: if a file is half-written after a kill, or a resumed run differs.
    """
    random_of, kills = random.Random(seed), Kills()
    whole = folder / "whole"
    status, events, seconds = _attempt(zygote, flags, whole)
    assert status == 0, (whole.parent / "whole.log").read_text()
    expected = outcome(whole)
    while kills.points < points:
        directory = folder / f"chain{kills.chains}"
        status = None
        while status != 0:
            # Resumed runs are shorter; a third of all events lets most attempts be killed.
            at = random_of.choice(
                [
                    {"seconds": random_of.uniform(0, seconds)},
                    {"event": random_of.randint(1, max(events // 3, 1))},
                    {"name": random_of.choice(_TARGETS)},
                ]
            )
            if kills.points >= points:
                at = {}
            status, _, _ = _attempt(zygote, flags, directory, **at)
            if status == signal.SIGKILL:
                kills.points += 1
                _note(kills, directory)
                check_whole(directory, whole)
            else:
                log = directory.with_suffix(".log").read_text()
                assert status == 0, f"{directory} ended with {status}:\n{log[-3000:]}"
        kills.chains += 1
        different = differences(outcome(directory), expected)
        assert not different, f"{directory}: {different[:20]}"
        _LOGGER.info("%d kills, %d runs ended alike", kills.points, kills.chains)
    return kills


def _attempt(zygote: Zygote, flags: list[str], directory: Path, **at) -> tuple[int, int, float]:
    directory.mkdir(exist_ok=True)
    events = FileEvents(directory)
    try:
        log = directory.with_suffix(".log")
        return zygote.run([*flags, f"--output_dir={directory}"], log, events, **at)
    finally:
        events.close()


def _note(kills: Kills, directory: Path) -> None:
    stage = "before the first checkpoint"
    if (directory / "refit" / "metrics.jsonl").exists():
        stage = "refit"
    elif (directory / "checkpoints" / "latest" / "checkpoint").exists():
        stage = "training and validation"
    if list((directory / "refit").glob("checkpoints/best/checkpoint")):
        stage = "test and export of the results"
    if (directory / "result.json").exists():
        stage = "after the result"
    kills.stages[stage] = kills.stages.get(stage, 0) + 1
    names = [path.name for path in directory.rglob("*")]
    unnamed = any(
        set(_checkpoints_there(state.parent)) - set(_named(state))
        for state in directory.rglob("checkpoints/*/checkpoint")
    )
    kills.debris += unnamed or any(".tmp" in name or "_temp" in name for name in names)
    logs = [path.read_bytes() for path in directory.rglob("metrics.jsonl")]
    kills.cut_lines += any(log and not log.endswith(b"\n") for log in logs)


def _named(state: Path) -> list[str]:
    return list(tf.train.get_checkpoint_state(str(state.parent)).all_model_checkpoint_paths)


def _checkpoints_there(folder: Path) -> list[str]:
    return [str(path)[: -len(".index")] for path in folder.glob("*.index")]


def _tensors(prefix: str) -> dict[str, bytes]:
    """All tensors of a checkpoint but those that hold times; reading checks the checksums."""
    reader = tf.train.load_checkpoint(prefix)
    tensors = {n: reader.get_tensor(n) for n in sorted(reader.get_variable_to_shape_map())}
    return {
        name: _without_times(value.decode()) if isinstance(value, bytes) else value.tobytes()
        for name, value in tensors.items()
        # TensorFlow's own count of how often this process has saved.
        if not name.startswith(("_CHECKPOINTABLE", "save_counter"))
    }


def _without_times(text: str) -> dict:
    return {name: value for name, value in json.loads(text).items() if name not in _TIMED}


def check_whole(directory: Path, finished: Path) -> None:
    """Asserts that no file with a final name is half-written.

    Args:
      directory: of a run that was killed.
      finished: of the uninterrupted one.
    """
    for path in directory.rglob("*.json"):
        if not path.name.startswith("."):
            json.loads(path.read_text())
    for path in directory.rglob("metrics.jsonl"):
        *lines, _ = path.read_text().split("\n")
        for line in lines:
            json.loads(line)
    for state in directory.rglob("checkpoints/*/checkpoint"):
        for prefix in _named(state):
            _tensors(prefix)
    for pattern in ("*.tsv", "*.pbtxt"):
        for path in directory.rglob(pattern):
            if not path.name.startswith("."):
                same = finished / path.relative_to(directory)
                assert path.read_bytes() == same.read_bytes(), path


def outcome(directory: Path) -> dict:
    """Everything that has to be the same however often a run was killed."""
    found = {"files": [], "records": {}, "checkpoints": {}}
    for path in sorted(directory.rglob("*")):
        name = str(path.relative_to(directory))
        if path.is_file() and "tfevents" not in name:
            found["files"].append(name)
        if path.name == "metrics.jsonl":
            lines = path.read_text().splitlines()
            found["records"][name] = [_without_times(line) for line in lines]
        if path.name == "checkpoint":
            found["checkpoints"][name] = {Path(p).name: _tensors(p) for p in _named(path)}
    found["result"] = _without_times((directory / "result.json").read_text())
    return found


def differences(one: Any, other: Any, place: str = "") -> list[str]:
    """Where two outcomes differ, and the two values if they are short."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = sorted(one.keys() | other.keys())
        parts = [(f"{place}/{name}", one.get(name), other.get(name)) for name in names]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = [(f"{place}[{i}]", *both) for i, both in enumerate(zip(one, other, strict=True))]
    else:
        same = one == other
        return [] if same else [f"{place}: {str(one)[:60]} and {str(other)[:60]}"]
    return [found for part in parts for found in differences(part[1], part[2], part[0])]
