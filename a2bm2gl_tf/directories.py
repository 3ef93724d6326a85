"""Directories that are either whole or absent: written under a temporary name, flushed, renamed."""

import contextlib
import ctypes
import errno
import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2
# Of workspaces, so that a directory of anyone else's is never taken for an abandoned one.
_SUFFIX = ".a2bm2gl.tmp"
_UNSUPPORTED = (errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


@contextlib.contextmanager
def atomic_directory(path: Path) -> Iterator[Path]:
    """Makes a hidden directory beside `path` that takes its place once the block succeeds.

    Args:
      path: where the finished directory belongs; what stands there is replaced. Its parents are
        created.

    Yields:
      The empty directory to fill. Its parent is a workspace that is removed in any case, and with
      it a directory that was replaced; what a killed process left of one, the next removes. If the
      block raises, `path` is untouched and parents that were created for it are removed again.
    """
    target = Path(path).resolve()
    created = [parent for parent in target.parents if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _workspace(target) as workspace:
            written = workspace / "written"
            written.mkdir()
            yield written
            _flush(written)
            move_into_place(written, target)
            sync(target.parent)
    except BaseException:
        for parent in created:
            with contextlib.suppress(OSError):
                parent.rmdir()
        raise


@contextlib.contextmanager
def _workspace(target: Path) -> Iterator[Path]:
    """A hidden directory beside a target, locked as long as its process lives."""
    with contextlib.ExitStack() as held:
        with _locked(target.parent):
            _remove_abandoned(target)
            made = tempfile.TemporaryDirectory(
                dir=target.parent, prefix=f".{target.name}.", suffix=_SUFFIX
            )
            # Removed before it is unlocked.
            held.enter_context(_locked(Path(made.name)))
            held.enter_context(made)
        yield Path(made.name)


@contextlib.contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """Holds the kernel's lock on a directory, where its file system has such."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _remove_abandoned(target: Path) -> None:
    """Removes workspaces whose processes were killed; only they are not locked."""
    for workspace in target.parent.glob(f".{glob.escape(target.name)}.????????{_SUFFIX}"):
        with contextlib.suppress(OSError):
            handle = os.open(workspace, os.O_RDONLY | os.O_NOFOLLOW)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(workspace)
            finally:
                os.close(handle)


def _flush(directory: Path) -> None:
    for path in (*directory.rglob("*"), directory):
        sync(path)


def sync(path: Path) -> None:
    """Has a file, or the names in a directory, on disk before it returns."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


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
