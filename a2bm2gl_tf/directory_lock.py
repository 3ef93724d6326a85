"""One writer a directory: a lock that ends with the process that holds it."""

import fcntl
import logging
import os
from pathlib import Path
from typing import IO

from a2bm2gl_tf.errors import UserError

_NAME = ".lock"
_LOGGER = logging.getLogger(__name__)


class DirectoryLock:
    """Holds a directory for this process, until that ends in whatever way or `release` is called.

    The lock is the kernel's, on the open file `.lock` in the directory. The file itself means
    nothing and stays: what a killed process left behind holds nobody up. Processes that are started
    by the holder do not inherit it.

    Args:
      directory: created if need be.
      flag: the flag that names it, for messages.

    Raises:
      UserError: if another process holds it, or it cannot be written.
    """

    def __init__(self, directory: Path, flag: str = "output_dir"):
        self._file: IO[bytes] | None = None
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._file = open(directory / _NAME, "a+b", buffering=0)  # noqa: SIM115 - held
            self._lock(directory)
            self._file.truncate(0)
            self._file.write(b"%d\n" % os.getpid())
        except BlockingIOError:
            owner = self._owner()
            self.release()
            raise UserError(
                f"--{flag}={directory}: another command is writing there{owner}; wait for it, or "
                "give another directory"
            ) from None
        except OSError as error:
            self.release()
            raise UserError(
                f"--{flag}={directory}: {error.strerror}; make it writable, or choose another"
            ) from error

    def _lock(self, directory: Path) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise
        except OSError as error:
            # Some network file systems have no locks; a run there is better than none.
            _LOGGER.warning(
                "%s cannot be locked (%s); let no other command write there",
                directory,
                error.strerror,
            )

    def _owner(self) -> str:
        """The process that holds the lock, for a message; it may run on another machine."""
        self._file.seek(0)
        number = self._file.read(20).strip()
        return f" (process {number.decode()})" if number.isdigit() else ""

    def release(self) -> None:
        """Lets others have the directory."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> "DirectoryLock":
        return self

    def __exit__(self, *unused_error) -> None:
        self.release()
