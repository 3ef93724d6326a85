"""Small files that this project wrote, read for a summary: JSON, and JSON lines."""

import json
from pathlib import Path
from typing import Any

from a2bm2gl_tf.errors import UserError


def read_object(path: Path) -> dict[str, Any]:
    """A JSON object.

    Raises:
      UserError: if it cannot be read or is none.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path}: not valid JSON ({error}); the file is damaged") from error
    if not isinstance(value, dict):
        raise UserError(f"{path}: not a JSON object; this project did not write it")
    return value


def read_lines(path: Path) -> list[dict[str, Any]]:
    """JSON objects, one a line; none where there is no file.

    Half of a last line, which a process leaves that is killed, is left out.

    Raises:
      UserError: naming a line that is no object.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UserError(f"{path}: {error.strerror}") from error
    records = []
    for number, line in enumerate(content[: content.rfind(b"\n") + 1].splitlines(), start=1):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UserError(
                f"{path}, line {number}: not valid JSON; the file is damaged"
            ) from error
        if not isinstance(record, dict):
            raise UserError(f"{path}, line {number}: not a JSON object; the file is damaged")
        records.append(record)
    return records


def folder_bytes(directory: Path) -> int:
    """Bytes of all files below a directory."""
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())


def is_locked(path: Path) -> bool | None:
    """Whether a process holds a lock (flock) on a file; None where the system does not tell.

    The system's list is read: asking for the lock could keep it from someone else.
    """
    try:
        inode = path.stat().st_ino
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return None
    return any(
        " FLOCK " in line and any(part.endswith(f":{inode}") for part in line.split())
        for line in locks
    )
