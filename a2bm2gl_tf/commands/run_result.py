"""What `result.json` holds of a finished run: where it is, read with care, and as text."""

from pathlib import Path
from typing import Any

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.stored_values import is_number, read_json

_REMEDY = "delete it and give the run's train.py command again, which tests the trained model anew"
_STORED = {"model": str, "protocol": str, "refit": bool}


def result_path(directory: Path) -> Path:
    """Where a run's test metrics are."""
    return directory / "result.json"


def read_result(directory: Path) -> dict[str, Any]:
    """What a finished run's `result.json` holds.

    Raises:
      UserError: if it is not there, damaged, or lacks what every finished run has.
    """
    path = result_path(directory)
    result = read_json(path, _REMEDY)
    try:
        _check_result(result)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{path}: not the result of a run, or damaged ({error!r}); {_REMEDY}"
        ) from error
    return result


def _check_result(result: dict[str, Any]) -> None:
    """Raises ValueError, or what a missing part comes to, where it is not as `train` writes it."""
    for name in ("test", "popularity"):
        if "num_users" not in result[name] or not all(map(is_number, result[name].values())):
            raise ValueError(f"{name} holds something other than metrics")
    if not result["test"].keys() <= result["popularity"].keys():
        raise ValueError("popularity lacks a metric")
    for name, kind in _STORED.items():
        if not isinstance(result[name], kind):
            raise TypeError(f"{name} is no {kind.__name__}")
    numbers = [result[name] for name in ("best_step", "seconds", "seed")]
    # A run that an earlier version finished has none of these.
    for name in ("seconds_per_epoch", "peak_memory_bytes"):
        numbers += [result[name]] if result.get(name) is not None else []
    if not all(map(is_number, numbers)) or result["best_step"] < 0:
        raise ValueError("a number is none")
    if result.get("seconds_per_epoch") is not None and result.get("peak_memory_bytes") is None:
        raise KeyError("peak_memory_bytes")


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
    # A run that an earlier version finished has no such entries.
    if record.get("warm_start") is not None:
        lines += _lines_of_warm_start(record["warm_start"])
    if record.get("seconds_per_epoch") is not None:
        lines.append(
            f"{record['seconds_per_epoch']:.3g} s an epoch (median, without validation); peak "
            f"memory {record['peak_memory_bytes'] / 2**30:.2f} GiB"
        )
    return "\n".join(lines)


def _lines_of_warm_start(start: dict) -> list[str]:
    known, seen = start["users"]["known"], start["held_out"]
    lines = [
        f"started from {start['path']}: {known} users and {start['items']['known']} items went over"
    ]
    if any(seen.values()):
        lines.append(
            f"that run had learned from {seen['validation']} of the validation and {seen['test']} "
            "of the test interactions: these metrics are too good"
        )
    return lines
