"""A run of train.py: what it is, how far it is, why it stopped."""

import statistics
from pathlib import Path
from typing import Any

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.inspection.checkpoints import list_checkpoints
from a2bm2gl_tf.inspection.reading import is_locked, read_lines, read_object
from a2bm2gl_tf.stored_values import is_number
from a2bm2gl_tf.training.process_identity import is_alive
from a2bm2gl_tf.training.run_status import DIVERGED, FAILED, INTERRUPTED, RUNNING, read_status

CONFIG, _RESULT, _METRICS = "config.json", "result.json", "metrics.jsonl"
_LOCK = ".lock"
_NUMBERS_OR_NONE = (
    "best_step",
    "starts",
    "seconds_per_epoch",
    "peak_memory_bytes",
    "estimated_memory_bytes",
)
_TYPES = {
    **dict.fromkeys(("model", "monitor", "state", "why"), str),
    **dict.fromkeys(("dataset", "settings", "versions"), dict),
    "refit": bool,
    "changed": dict | None,
}
_STOPPED = {
    "epochs": "all epochs are done",
    "nothing to train": "it has nothing to train by gradient steps",
}


def is_run(directory: Path) -> bool:
    """Whether a directory is that of a run."""
    return (directory / CONFIG).is_file()


def summarise_run(directory: Path) -> dict[str, Any]:
    """What the files of a run say, without its dataset and without TensorFlow.

    Args:
      directory: of the run, finished or not.

    Raises:
      UserError: naming the file that cannot be read.
    """
    path = directory / CONFIG
    config = read_object(path)
    try:
        summary = _summary(directory, config)
        _check(summary)
        return summary
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise UserError(
            f"{directory}: not the files of a run of this version ({type(error).__name__}: {error})"
        ) from error


def _summary(directory: Path, config: dict[str, Any]) -> dict[str, Any]:
    status = read_status(directory)
    result = _result(directory / _RESULT)
    about = status.get("about", {})
    training = config["training"]
    monitor = training["monitor"]
    records = read_lines(directory / _METRICS)
    epochs = [record for record in records if record["kind"] == "train"]
    validations = [record for record in records if record["kind"] == "validation"]
    # As the trainer keeps it: of equal values the first.
    best = max(validations, key=lambda record: (record[monitor], -record["step"]), default=None)
    checkpoints = list_checkpoints(directory)
    if config["refit"]:
        of_refit = list_checkpoints(directory / "refit")
        of_refit = [entry | {"kind": f"refit {entry['kind']}"} for entry in of_refit]
    else:
        of_refit = []
    locked = is_locked(directory / _LOCK)
    steps_per_epoch = epochs[-1]["step"] // epochs[-1]["epoch"] if epochs else None
    reached = max(
        [record["step"] for record in records] + [entry["step"] for entry in checkpoints],
        default=0,
    )
    return {
        "kind": "run",
        "directory": str(directory),
        "model": config["model"],
        "dataset": about.get("dataset")
        or {"name": config["dataset"], "fingerprint": result.get("data")},
        "seed": training["seed"],
        "refit": config["refit"],
        "changed": about.get("changed"),
        "settings": _flat(config),
        "versions": result.get("versions") or about.get("versions") or {},
        "step": reached,
        "epoch": reached // steps_per_epoch if steps_per_epoch else 0,
        "epochs": training["epochs"],
        "steps_per_epoch": steps_per_epoch,
        "monitor": monitor,
        "best_step": result["best_step"] if result else best and best["step"],
        "best_value": result["validation"][monitor] if result else best and best[monitor],
        "state": _state(status, result, locked),
        "why": _why(status, result, training, locked),
        "locked": locked,
        "starts": status.get("starts"),
        "started": status.get("first_started"),
        "ended": status.get("ended"),
        "test": result.get("test"),
        "protocol": result.get("protocol"),
        "seconds_per_epoch": _median([record["epoch_seconds"] for record in epochs]),
        "peak_memory_bytes": result.get("peak_memory_bytes"),
        "estimated_memory_bytes": about.get("estimated_memory_bytes"),
        "checkpoints": checkpoints + of_refit,
    }


def _check(run: dict[str, Any]) -> None:
    """Raises TypeError, or KeyError for what is missing, where text or tables could not be made."""
    for name, kind in _TYPES.items():
        if not isinstance(run[name], kind):
            raise TypeError(f"{name} is {str(run[name])[:40]!r}")
    numbers = [run[name] for name in ("seed", "step", "epoch", "epochs")]
    numbers += [run[name] for name in _NUMBERS_OR_NONE if run[name] is not None]
    numbers += (run["test"] or {}).values()
    if run["best_step"] is not None:
        numbers.append(run["best_value"])
    data = run["dataset"]
    if "users" in data:
        numbers += [data[name] for name in ("users", "items", "train", "validation", "test")]
        if not isinstance(data["modalities"], dict) or not isinstance(data["split"], str):
            raise TypeError("the dataset is not described")
    if not all(map(is_number, numbers)):
        raise TypeError("a number is none")


def _result(path: Path) -> dict[str, Any]:
    """The result of a finished run; empty while there is none.

    Raises:
      UserError, KeyError: if it is there and is none.
    """
    if not path.is_file():
        return {}
    result = read_object(path)
    missing = {"test", "validation", "stopped", "best_step"} - result.keys()
    if missing:
        raise KeyError(sorted(missing)[0])
    return result


def _flat(settings: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """All settings on one level, without where things lie."""
    flat = {}
    for name, value in settings.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{name}.")
        elif not name.endswith("_dir"):
            flat[f"{prefix}{name}"] = value
    return flat


def _state(status: dict[str, Any], result: dict[str, Any], locked: bool | None) -> str:
    if result:
        return "finished"
    if status.get("state") != RUNNING:
        return status.get("state", "unfinished")
    return {True: RUNNING, False: "killed", None: "unknown"}[_runs(status, locked)]


def _runs(status: dict[str, Any], locked: bool | None) -> bool | None:
    """Whether the process lives, or someone on this machine holds the directory's lock."""
    return locked or is_alive(status["process"])


def _why(
    status: dict[str, Any],
    result: dict[str, Any],
    training: dict[str, Any],
    locked: bool | None,
) -> str:
    if result:
        patience = (
            f"stopped early: {training['patience']} validations without improvement (--patience)"
        )
        return _STOPPED.get(result["stopped"], patience)
    state = status.get("state")
    if state == RUNNING:
        return {
            True: f"still running, process {status['process']['pid']}",
            False: "killed without a word (by kill -9, for want of memory, or the machine "
            "stopped); the same command goes on from the last checkpoint",
            None: "running when it last wrote, on another machine or before a restart of this one",
        }[_runs(status, locked)]
    if state in (INTERRUPTED, DIVERGED, FAILED):
        goes_on = "; the same command goes on from there" if state == INTERRUPTED else ""
        return status["reason"] + goes_on
    return "it does not say: it was written by an earlier version, or has not started yet"


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None
