"""How much memory a process has taken; nothing heavy is imported here, so that it stays its own."""

import resource
import sys
from pathlib import Path


def peak_memory_bytes() -> int:
    """The most physical memory that this process has had at a time, in bytes."""
    status = Path("/proc/self/status")
    if status.is_file():
        # ru_maxrss may count the parent's memory from before the exec; the high-water mark not.
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
