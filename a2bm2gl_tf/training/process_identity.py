"""A process as one can recognise it later: its number alone is given out again."""

import hashlib
import os
from pathlib import Path
from typing import Any

_PROC = Path("/proc")
# Place of a process's start time in /proc/PID/stat, after the name in brackets (proc(5): field 22).
_START_TIME = 19


def own_process() -> dict[str, Any]:
    """The pid, "started" (clock ticks after boot) and "boot", a digest of the boot's id.

    None of them names the machine. Where the system does not tell, the last two are None.
    """
    return {"pid": os.getpid(), "started": _started(os.getpid()), "boot": _boot()}


def is_alive(process: dict[str, Any]) -> bool | None:
    """Whether a process that `own_process` described still runs.

    Args:
      process: what `own_process` gave.

    Returns:
      None where this cannot be told: it ran on another machine, or before this one was started
      again, or the system does not say.
    """
    if process.get("boot") is None or process["boot"] != _boot():
        return None
    # A number alone, for it becomes a path.
    started = _started(process["pid"]) if isinstance(process["pid"], int) else None
    return started is not None and started == process["started"]


def _started(pid: int) -> int | None:
    try:
        text = (_PROC / str(pid) / "stat").read_text(encoding="ascii", errors="replace")
        state, *fields = text.rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    # A zombie has ended; only its parent has not asked yet.
    return None if state == "Z" else int(fields[_START_TIME - 1])


def _boot() -> str | None:
    try:
        text = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii")
    except OSError:
        return None
    return hashlib.blake2b(text.strip().encode(), digest_size=8).hexdigest()
