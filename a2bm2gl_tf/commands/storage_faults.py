"""What the disk refuses, whoever hears of it first, as one line for the user."""

import errno
import os
import re
from collections.abc import Iterator

_ROOM = "make room and give the command again"
_WRITABLE = "make it writable, or choose another place"
_HINTS = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: "raise the limit on the size of files and give the command again",
    errno.EROFS: _WRITABLE,
    errno.EACCES: _WRITABLE,
    errno.EPERM: _WRITABLE,
    errno.EIO: "the device fails: copy what is there to another one",
    errno.ESTALE: "the network file system has lost it: mount it again",
    errno.ENAMETOOLONG: "choose a shorter name",
    errno.EMFILE: "raise the limit on open files (ulimit -n)",
    errno.ENFILE: "close other programs: the system has no more open files to give",
}
# TensorFlow and Arrow report an error of the system by its text alone.
_CODES = {os.strerror(code): code for code in _HINTS}
_PATH = re.compile(r"(/[^;\s]+)")
# NumPy says no more than this of an array that was not written to its end.
_CUT_OFF = re.compile(r"\d+ requested and \d+ written")


def storage_fault(error: BaseException) -> str | None:
    """One line on a fault of the storage that an exception comes from; None if it has no such.

    Args:
      error: an exception of Python, NumPy or TensorFlow.
    """
    for cause in _chain(error):
        line = _of_system(cause) if isinstance(cause, OSError) else _of_tensorflow(cause)
        if line is not None:
            return line
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def _of_system(error: OSError) -> str | None:
    if error.errno in _HINTS:
        return f"{_name_of(error)}: {os.strerror(error.errno)}; {_HINTS[error.errno]}"
    if error.errno is None and _CUT_OFF.search(str(error)):
        return f"{_name_of(error)}: the disk took a part of a file only ({error}); {_ROOM}"
    return _of_text(str(error)) if error.errno is None else None


def _name_of(error: OSError) -> str:
    name = error.filename if error.filename is not None else "writing"
    return os.fsdecode(name) if isinstance(name, str | bytes) else str(name)


def _of_tensorflow(error: BaseException) -> str | None:
    # By name: a command that works without TensorFlow need not import it for its errors.
    kinds = {kind.__name__ for kind in type(error).__mro__}
    return _of_text(str(error)) if "OpError" in kinds else None


def _of_text(text: str) -> str | None:
    """The line for a message in which the system's words stand behind the path."""
    for words, code in _CODES.items():
        before, found, _ = text.partition(words)
        if found:
            paths = _PATH.findall(before.replace("/job:", " ").replace("/device:", " "))
            name = paths[-1].rstrip(":") if paths else "writing"
            return f"{name}: {words}; {_HINTS[code]}"
    return None
