"""Files that are either whole or absent: written under a temporary name, flushed, then renamed."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any


@contextlib.contextmanager
def atomic_write(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Opens a temporary file beside `path` and renames it to `path` once the block succeeds.

    Args:
      path: where the finished file belongs; its folder is created.
      mode: "w" for UTF-8 text or "wb" for bytes.

    Yields:
      The open temporary file. If the block raises, the file is removed and `path` is untouched.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    encoding = None if "b" in mode else "utf-8"
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
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
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def write_files(directory: Path, contents: Mapping[str, str | bytes]) -> None:
    """Writes files by name, each atomically."""
    for name, content in contents.items():
        with atomic_write(directory / name, "wb" if isinstance(content, bytes) else "w") as file:
            file.write(content)


def write_json(path: Path, value: Any) -> None:
    """Writes `value` as indented JSON with sorted keys, atomically."""
    with atomic_write(path) as file:
        json.dump(value, file, indent=2, sort_keys=True)
        file.write("\n")
