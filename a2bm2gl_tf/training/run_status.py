"""Why a run stopped: `status.json` of its directory, written when it starts and when it ends."""

import contextlib
import datetime
import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from a2bm2gl_tf.errors import Terminated, UserError, one_line
from a2bm2gl_tf.files import write_json
from a2bm2gl_tf.training.diverged import DivergedError
from a2bm2gl_tf.training.process_identity import own_process

STATUS = "status.json"
RUNNING, FINISHED, INTERRUPTED = "running", "finished", "interrupted"
DIVERGED, FAILED = "diverged", "failed"
# What a run of an earlier version may lack, and nobody else writes otherwise.
_TYPES = {
    **dict.fromkeys(("id", "first_started", "started", "ended", "state", "reason"), str),
    "starts": int,
    "process": dict,
    "about": dict,
}


def now() -> str:
    """The time as logs and records have it: UTC, ISO 8601, whole seconds."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_status(directory: Path) -> dict[str, Any]:
    """What `recorded` wrote last; empty for a run of a version that did not.

    Raises:
      UserError: if it is there and cannot be read.
    """
    path = directory / STATUS
    try:
        status = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(status, dict):
            raise ValueError("not an object")
        for name, kind in _TYPES.items():
            if not isinstance(status.get(name, kind()), kind):
                raise ValueError(f"{name} is not of type {kind.__name__}")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{path}: not the status of a run ({error}); remove the file") from error
    return status


@contextlib.contextmanager
def recorded(directory: Path, about: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Records within which state the block is, and how it ended.

    The record says "running", with the process, until the block ends; a process that is killed
    leaves that. Otherwise it becomes "finished", "interrupted", "diverged" (with step and term) or
    "failed" (with the reason).

    Args:
      directory: the run's directory, which exists.
      about: JSON values that say what the run is.

    Yields:
      The record. Its "id" belongs to the run for good, whichever process goes on with it.
    """
    earlier = read_status(directory)
    status = {
        "id": earlier.get("id") or secrets.token_hex(8),
        "starts": earlier.get("starts", 0) + 1,
        "first_started": earlier.get("first_started") or now(),
        "started": now(),
        "state": RUNNING,
        "process": own_process(),
        "about": about,
    }
    write_json(directory / STATUS, status)
    try:
        yield status
    except BaseException as error:
        # What went wrong may be the disk: the first error is the one to be told.
        with contextlib.suppress(OSError):
            _end(directory, status, _ending(error))
        raise
    _end(directory, status, {"state": FINISHED})


def record_finished(directory: Path) -> None:
    """Says "finished" of a run whose process was killed when its result was there already.

    Raises:
      UserError: if the record cannot be read.
    """
    status = read_status(directory)
    if status.get("state") == RUNNING:
        _end(directory, status, {"state": FINISHED})


def _end(directory: Path, status: dict[str, Any], ending: dict[str, Any]) -> None:
    status.pop("process", None)
    write_json(directory / STATUS, status | ending | {"ended": now()})


def _ending(error: BaseException) -> dict[str, Any]:
    if isinstance(error, DivergedError):
        found = {"step": error.step, "term": error.term}
        return {"state": DIVERGED, "reason": str(error), "divergence": found}
    if isinstance(error, KeyboardInterrupt):
        by = "SIGTERM" if isinstance(error, Terminated) else "Ctrl-C or a signal"
        return {"state": INTERRUPTED, "reason": f"interrupted by {by}"}
    reason = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
    return {"state": FAILED, "reason": one_line(reason)}
