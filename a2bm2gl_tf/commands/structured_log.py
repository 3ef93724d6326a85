"""Log records as JSON, one object a line, for programs that watch a run."""

import contextlib
import json
import logging
import math
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from a2bm2gl_tf.errors import one_line

RUN_LOG = "log.jsonl"
FORMATS = ("text", "json")

_PACKAGE = "a2bm2gl_tf"
# What every record has; whatever else it has was given as `extra`.
_USUAL = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
# An absolute path of several parts, as far as it can be told from other text with slashes.
_ABSOLUTE = re.compile(r"(?<![\w.:/])(?:/[^\s/:;,'\"()]+)+/([^\s/:;,'\"()]+)")


class JsonFormatter(logging.Formatter):
    """One JSON object: "time" (UTC, ISO 8601), "level", "logger", "event", "message" and `extra`.

    The event is "message" unless the record has one. Numbers that JSON does not have, and values of
    other types, are written as text.

    Args:
      short_paths: leaves of absolute paths in texts the last part alone, for a file that is passed
        on with the run.
    """

    def __init__(self, short_paths: bool = False):
        super().__init__()
        self._short_paths = short_paths

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": "message",
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _USUAL}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps({name: self._plain(value) for name, value in line.items()})

    def _plain(self, value: Any) -> Any:
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return value if math.isfinite(value) else str(value)
        if isinstance(value, dict):
            return {str(name): self._plain(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(item) for item in value]
        return _ABSOLUTE.sub(r"\1", str(value)) if self._short_paths else str(value)


class _FileHandler(logging.FileHandler):
    """A log that cannot be written does not stop what it tells of."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Says once on standard error that the log ends here."""
        logging.getLogger(_PACKAGE).removeHandler(self)
        print(f"{self.baseFilename}: cannot be written, the log ends here", file=sys.stderr)


def log_to_standard_error(form: str) -> None:
    """Shows this package's messages, replacing the handlers that it had.

    Args:
      form: one of `FORMATS`.
    """
    handler = logging.StreamHandler()
    if form == "json":
        handler.setFormatter(JsonFormatter())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    logger = logging.getLogger(_PACKAGE)
    for earlier in list(logger.handlers):
        logger.removeHandler(earlier)
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False


@contextlib.contextmanager
def run_log(directory: Path) -> Iterator[None]:
    """Within, messages go to `log.jsonl` of a directory too, and what ends the block at last.

    Args:
      directory: of the run; it exists. What the log holds is kept, and half of a last line, which a
        process leaves that is killed, is ended.
    """
    path = directory / RUN_LOG
    logger = logging.getLogger(_PACKAGE)
    try:
        broken = _last_byte(path) not in (b"", b"\n")
        handler = _FileHandler(path, encoding="utf-8")
        if broken:
            handler.stream.write("\n")
    except OSError as error:
        logger.warning("%s: %s; going on without", path, error.strerror)
        yield
        return
    handler.setFormatter(JsonFormatter(short_paths=True))
    logger.addHandler(handler)
    try:
        yield
    except BaseException as error:
        last = logging.makeLogRecord(
            {
                "name": _PACKAGE,
                "levelname": "ERROR",
                "msg": one_line(f"{type(error).__name__}: {error}"),
                "event": "stopped",
            }
        )
        # Standard error has its own line of it.
        if handler in logger.handlers:
            handler.handle(last)
        raise
    finally:
        logger.removeHandler(handler)
        with contextlib.suppress(OSError):
            handler.close()


def _last_byte(path: Path) -> bytes:
    """Empty where there is none; a log may have grown too long to be read for that."""
    if not path.exists() or not path.stat().st_size:
        return b""
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read()
