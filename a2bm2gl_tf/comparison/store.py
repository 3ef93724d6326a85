"""The one file that holds all results of a comparison: durable, appended to, never rewritten."""

import contextlib
import json
import os
from pathlib import Path
from typing import IO, Any

from a2bm2gl_tf.comparison.plan import Comparison
from a2bm2gl_tf.comparison.records import check_record
from a2bm2gl_tf.directory_lock import DirectoryLock
from a2bm2gl_tf.errors import UserError

_NAME = "results.jsonl"


class ResultStore:
    """JSON lines: a header, then cells and comparisons in the order in which they came.

    A line is on disk before `append` returns. A process that is killed may leave half a line, which
    is the last; it is ignored, and cut off before the next is written. Of two records with one key
    the later one counts. Only one process may write at a time.

    Args:
      directory: holds `results.jsonl`; created by the first `append`.
      kind: what the results are of; those of another kind are refused.
      program: the command that has results of this kind.
    """

    def __init__(self, directory: Path, kind: str = "comparison", program: str = "benchmark.py"):
        self.directory = directory
        self._header = {"kind": f"a2bm2gl {kind}", "format": 1}
        self._program = program
        self.path = directory / _NAME
        self.cells: dict[str, dict[str, Any]] = {}
        self.comparisons: list[Comparison] = []
        self._lock: DirectoryLock | None = None
        self._file: IO[bytes] | None = None
        self._read()

    def __enter__(self) -> "ResultStore":
        return self

    def __exit__(self, *error) -> None:
        if self._file is not None:
            # On a full disk it flushes once more and fails, which would hide what was said first.
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def append(self, record: dict[str, Any]) -> None:
        """Adds the record of a cell.

        Raises:
          UserError: if the file cannot be written, or another process writes it.
          KeyError, TypeError, ValueError: if it could not be read again, see `check_record`.
        """
        check_record(record)
        self._write(record)
        self.cells[record["key"]] = record

    def begin(self, comparison: Comparison) -> None:
        """Notes what is compared, unless that was the last thing noted."""
        value = comparison.to_json()
        as_read = Comparison.from_json(value)
        if not self.comparisons or self.comparisons[-1] != as_read:
            self._write({"kind": "comparison", "comparison": value})
            self.comparisons.append(as_read)

    def per_user_path(self, key: str) -> Path:
        """Where the test metrics of each user are, of the final cell with a key."""
        return self.directory / "per_user" / f"{key}.npz"

    def claim(self) -> None:
        """Makes this process the one that writes.

        Raises:
          UserError: if another is, or the directory is not usable.
        """
        if self._file is not None:
            return
        self._lock = DirectoryLock(self.directory)
        try:
            self._file = open(self.path, "ab")  # noqa: SIM115 - held open until the end
        except OSError as error:
            raise UserError(
                f"--output_dir={self.directory}: {error.strerror}; choose another"
            ) from error
        whole = self._read()
        if whole < self.path.stat().st_size:
            os.truncate(self.path, whole)
        if not whole:
            self._write(self._header)
            # The name of a new file is durable only once its folder is.
            folder = os.open(self.directory, os.O_RDONLY)
            os.fsync(folder)
            os.close(folder)

    def _write(self, value: dict[str, Any]) -> None:
        self.claim()
        try:
            self._file.write(json.dumps(value, allow_nan=False).encode() + b"\n")
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise UserError(f"{self.path}: {error.strerror}; make room and repeat") from error

    def _read(self) -> int:
        """Reads what is there; returns the bytes up to the end of the last whole line."""
        self.cells, self.comparisons = {}, []
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return 0
        except OSError as error:
            raise UserError(
                f"--output_dir={self.directory}: {error.strerror}; choose another"
            ) from error
        whole = content.rfind(b"\n") + 1
        if not whole:
            # Half of the first line, at most, or a file of someone else's.
            if not json.dumps(self._header).encode().startswith(content):
                raise self._foreign()
            return 0
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            try:
                self._take(number, json.loads(line))
            except (*(ValueError, KeyError, TypeError, AttributeError, RecursionError),) as error:
                if number == 1:
                    raise self._foreign() from error
                raise UserError(
                    f"{self.path}, line {number}: not a result of this version; remove the line, "
                    "or use another --output_dir"
                ) from error
        return whole

    def _take(self, number: int, record: dict[str, Any]) -> None:
        if number == 1:
            if record != self._header:
                raise self._foreign()
        elif record["kind"] == "comparison":
            self.comparisons.append(Comparison.from_json(record["comparison"]))
        else:
            check_record(record)
            self.cells[record["key"]] = record

    def _foreign(self) -> UserError:
        return UserError(
            f"{self.path}: not the results of {self._program} of this version; use another "
            "--output_dir"
        )
