"""Putting a finished directory where another one stands, with no gap where the system allows it."""

import ctypes
import errno
import os
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


def move_into_place(written: Path, target: Path) -> None:
    """Renames the directory `written` to `target`; what stood there ends up beside `written`.

    Linux swaps the two names in one step, so `target` always names a whole directory. Elsewhere the
    old directory is renamed aside first, and back again if the second rename fails.

    Args:
      written: the finished directory, on the same file system as `target`.
      target: where it belongs. A directory that stood there is left at `written`, or beside it
        with the suffix ".old", for the caller to remove.
    """
    if not target.exists():
        os.rename(written, target)
    elif not _exchange(written, target):
        aside = written.with_name(written.name + ".old")
        os.rename(target, aside)
        try:
            os.rename(written, target)
        except OSError:
            os.rename(aside, target)
            raise


def _exchange(first: Path, second: Path) -> bool:
    """Swaps two names atomically; False where the system or file system cannot."""
    library = ctypes.CDLL(None, use_errno=True)
    if not hasattr(library, "renameat2"):
        return False
    status = library.renameat2(
        _AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE
    )
    if status == 0:
        return True
    code = ctypes.get_errno()
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(second))
