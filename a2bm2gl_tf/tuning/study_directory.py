"""A directory that holds one search and knows which."""

import json
import os
from pathlib import Path
from typing import Any

from a2bm2gl_tf.directory_lock import DirectoryLock
from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.files import write_json
from a2bm2gl_tf.methods.settings import differences
from a2bm2gl_tf.stored_values import read_json

JOURNAL = "study.journal"
_IDENTITY = "study.json"


class StudyDirectory:
    """Claims a directory for this process, until it ends or `release` is called.

    Args:
      path: created if need be.
      identity: JSON values that make it the same search: data, settings, space, rules.

    Raises:
      UserError: if it is in use, not usable, or of another search; all in one line.
    """

    def __init__(self, path: Path, identity: dict[str, Any]):
        self.path = path
        identity = json.loads(json.dumps(identity))
        if (path / _IDENTITY).is_file():
            _check(path, identity)
        self._lock = DirectoryLock(path)
        try:
            if (path / _IDENTITY).is_file():
                _check(path, identity)
            else:
                write_json(path / _IDENTITY, identity)
            _mend(path / JOURNAL)
        except OSError as error:
            self.release()
            raise UserError(f"--output_dir={path}: {error.strerror}; choose another") from error

    def release(self) -> None:
        """Lets others have it."""
        self._lock.release()


def _check(path: Path, identity: dict[str, Any]) -> None:
    old = read_json(path / _IDENTITY, "it is not a search to go on with; use another")
    if not isinstance(old, dict):
        raise UserError(f"{path / _IDENTITY}: not a search; use another directory")
    different = differences(old, identity)
    if different:
        raise UserError(
            f"--output_dir={path} holds another search ({'; '.join(different)}); give what it was "
            "begun with to go on, or another directory"
        )


def _mend(journal: Path) -> None:
    """Removes what a process leaves that is killed while it writes: a lock, half of a line."""
    journal.with_name(f"{journal.name}.lock").unlink(missing_ok=True)
    if journal.is_file():
        content = journal.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(journal, whole)
