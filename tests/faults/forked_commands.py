"""Commands forked from one process that has imported everything, and killed when told."""

import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.file_events import FileEvents

_NEVER = float("inf")


class Zygote:
    """Starts commands without importing everything anew; one at a time.

    Args:
      prefix: what the process is started by, if need be.
    """

    def __init__(self, prefix: Sequence[str] = ()):
        script = Path(__file__).with_name("zygote.py")
        self._process = subprocess.Popen(
            [*prefix, sys.executable, str(script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        assert self._process.stdout.readline() == "ready\n", "the zygote did not start"

    @property
    def number(self) -> int:
        """Of the process."""
        return self._process.pid

    def run(
        self,
        flags: list[str],
        log: Path,
        events: FileEvents | None = None,
        seconds: float = _NEVER,
        event: float = _NEVER,
        name: str = "\0",
        command: str = "train",
    ) -> tuple[int, int, float]:
        """A run of a command, killed after so many seconds or file events.

        Or at the first event of a file whose path contains a name, whatever comes first.

        Returns:
          (its status as `os.waitpid` gives it, events seen, seconds it took).
        """
        request = {"command": command, "flags": list(map(str, flags)), "log": str(log)}
        self._process.stdin.write(json.dumps(request) + "\n")
        child = int(self._process.stdout.readline().split()[1])
        started, seen, killed = time.monotonic(), 0, False
        while events and not select.select([self._process.stdout], [], [], 0)[0]:
            left = seconds - (time.monotonic() - started)
            seen += events.wait(min(max(left, 0.0), 0.02))
            struck = any(name in path for path in events.recent)
            if not killed and (left <= 0 or seen >= event or struck):
                # Not yet waited for, so the number is still its own.
                os.kill(child, signal.SIGKILL)
                killed = True
        status = int(self._process.stdout.readline().split()[1])
        return status, seen, time.monotonic() - started

    def stop(self) -> None:
        """Ends the process."""
        self._process.stdin.close()
        self._process.wait(30)
