"""Whether something large fits into the machine, asked before it is made."""

import os
from pathlib import Path

from a2bm2gl_tf.errors import UserError

_CGROUPS, _PROC_CGROUP = "/sys/fs/cgroup", "/proc/self/cgroup"
_NO_LIMIT = 2**60


def machine_memory_bytes() -> int | None:
    """The machine's physical memory; None where the system does not tell."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None


def memory_limit_bytes() -> int | None:
    """The machine's memory, or what this process's control groups allow it if that is less."""
    known = [size for size in (machine_memory_bytes(), _control_group_bytes()) if size is not None]
    return min(known) if known else None


def available_memory_bytes() -> int | None:
    """What this process may have in all: the limit, less what others hold at the moment.

    Its own memory counts as available; so do the system's caches. None where the system does not
    tell.
    """
    free, own = _field("/proc/meminfo", "MemAvailable"), _field("/proc/self/status", "VmRSS")
    known = [memory_limit_bytes()]
    if free is not None and own is not None:
        known.append(free + own)
    return min((size for size in known if size is not None), default=None)


def _control_group_bytes() -> int | None:
    """The least limit of the control groups that this process is in, of either version."""
    try:
        lines = Path(_PROC_CGROUP).read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    limits = []
    for line in lines:
        _, controllers, place = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root = Path(_CGROUPS, "memory") if controllers else Path(_CGROUPS)
        name = "memory.limit_in_bytes" if controllers else "memory.max"
        group = root / place.lstrip("/")
        # A group's limit holds for the groups within it. In a container the path may be the
        # host's, of which only the root is there.
        for folder in (group, *group.parents):
            limits += _limit(folder / name)
            if folder == root:
                break
    return min(limits, default=None)


def _limit(path: Path) -> list[int]:
    try:
        text = path.read_text(encoding="ascii").strip()
    except OSError:
        return []
    # "max" is none; version 1 writes a number that no machine has.
    return [int(text)] if text.isdecimal() and int(text) < _NO_LIMIT else []


def _field(path: str, name: str) -> int | None:
    """A line such as "VmRSS: 1234 kB", in bytes."""
    try:
        lines = Path(path).read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    found = (line.split()[1] for line in lines if line.startswith(f"{name}:"))
    return next((int(number) * 1024 for number in found), None)


def require_memory(needed: int, what: str, advice: str) -> None:
    """Refuses what the machine cannot hold.

    Args:
      needed: bytes.
      what: what takes them, with the flag it comes from: "--model=ease: 40,981 x 40,981 weights".
      advice: what to do instead.

    Raises:
      UserError: with both numbers.
    """
    memory = memory_limit_bytes()
    if memory is not None and needed > memory:
        raise UserError(
            f"{what} take {needed / 2**30:.1f} GiB, this machine has {memory / 2**30:.1f} GiB; "
            f"{advice}"
        )
