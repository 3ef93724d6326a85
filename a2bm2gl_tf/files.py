"""Files that are either whole or absent: written under a temporary name, flushed, then renamed."""

import contextlib
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

_TEMPORARY = re.compile(r"\..+\.[a-z0-9_]{8}\.tmp")


@contextlib.contextmanager
def atomic_write(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Opens a temporary file beside `path` and renames it to `path` once the block succeeds.

    Args:
      path: where the finished file belongs; its folder is created.
      mode: "w" for UTF-8 text or "wb" for bytes.

    Yields:
      The open temporary file. If the block raises, the file is removed and `path` is untouched; an
      OSError that names no file gets this one's name.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    encoding = None if "b" in mode else "utf-8"
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, mode, encoding=encoding) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes private files; a result is as readable as any other file of the user's.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        # What an open file cannot be written with does not say which file it is.
        if isinstance(error, OSError) and error.filename is None:
            error.filename = str(path)
        raise


def remove_temporaries(directory: Path) -> None:
    """Removes what killed processes left of `atomic_write` in a directory and those below.

    Hidden directories are passed over: they belong to whoever is filling them.

    Args:
      directory: nobody else may be writing there; see `DirectoryLock`.
    """
    for folder, below, names in os.walk(directory):
        below[:] = [name for name in below if not name.startswith(".")]
        for name in filter(_TEMPORARY.fullmatch, names):
            Path(folder, name).unlink(missing_ok=True)


def write_files(directory: Path, contents: Mapping[str, str | bytes]) -> None:
    """Writes files by name, each atomically.

    Raises:
      ValueError: before anything is written, for a name that leads out of the directory.
    """
    astray = [n for n in contents if n in ("", ".", "..") or "\0" in n or os.path.basename(n) != n]
    if astray:
        raise ValueError(f"{astray[0]!r} cannot be the name of a file in {directory}")
    for name, content in contents.items():
        with atomic_write(directory / name, "wb" if isinstance(content, bytes) else "w") as file:
            file.write(content)


def write_json(path: Path, value: Any) -> None:
    """Writes `value` as indented JSON with sorted keys, atomically."""
    with atomic_write(path) as file:
        json.dump(value, file, indent=2, sort_keys=True)
        file.write("\n")
