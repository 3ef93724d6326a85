"""What a reader may not do while it reads: run anything, write anywhere else, take memory at will.

The guard is an audit hook, which cannot be removed, so it is for a process that ends afterwards.
"""

import collections
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GIB = 1 << 30
_RUNS = (
    *("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty"),
    *("subprocess.Popen", "pty.spawn", "os.startfile", "socket.connect", "socket.bind"),
    *("ftplib.connect", "urllib.Request", "http.client.connect", "smtplib.connect"),
    *("code.__new__", "pickle.find_class", "ctypes.dlopen", "webbrowser.open", "os.putenv"),
)
_CHANGES = (
    *("os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.symlink", "os.link", "os.chmod"),
    *("os.chown", "os.truncate", "os.utime", "shutil.rmtree", "shutil.move", "shutil.copyfile"),
)
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class IntrusionError(BaseException):
    """A reader did what only a program does; no `except Exception` may hide it."""


class Guard:
    """Watches this process from now on.

    Args:
      room: folders in which files may be made.

    Attributes:
      seen: what was done that may not be done, in order.
    """

    def __init__(self, room: tuple[Path, ...]):
        self.seen: list[str] = []
        self._room = tuple(os.path.realpath(folder) + os.sep for folder in room)
        self._watching = False
        sys.addaudithook(self._hook)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Refuses what is not allowed within the block."""
        self.seen.clear()
        self._watching = True
        try:
            yield
        finally:
            self._watching = False

    def _hook(self, event: str, arguments: tuple) -> None:
        if not self._watching:
            return
        self._watching = False
        try:
            found = self._fault(event, arguments)
        finally:
            self._watching = True
        if found:
            self.seen.append(found)
            raise IntrusionError(found)

    def _fault(self, event: str, arguments: tuple) -> str | None:
        if event in _RUNS:
            return f"{event} {str(arguments)[:200]}"
        if event == "exec":
            return _executed(arguments[0])
        if event == "open":
            path, mode, flags = arguments
            writes = set(mode or "") & set("wax+") or (mode is None and flags & _WRITING)
            return f"open {path!r} for writing" if writes and not self._inside(path) else None
        if event in _CHANGES and not self._inside(arguments[0]):
            return f"{event} {str(arguments)[:200]}"
        return None

    def _inside(self, path: object) -> bool:
        if isinstance(path, int):
            return True  # opened before, and seen then
        whole = os.path.realpath(os.fsdecode(path))
        return whole.startswith(self._room) or whole == os.devnull


def _executed(code: object) -> str | None:
    """Names code that comes from a text; the modules that Python loads come from files."""
    name = getattr(code, "co_filename", "")
    if not name.startswith("<") or name.startswith("<frozen"):
        return None
    frame = sys._getframe(1)
    while frame is not None:
        # A class that is made while its module is loaded may write methods of its own.
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return None
        # It takes identifiers alone; TensorFlow makes the types of a SavedModel's arguments by it.
        if frame.f_code is collections.namedtuple.__code__:
            return None
        frame = frame.f_back
    return f"exec of {name}"


def limit_memory(more: int) -> None:
    """Lets this process have `more` bytes of address space beyond what it has."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def peak_memory() -> int:
    """The most memory that this process has had at a time, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
