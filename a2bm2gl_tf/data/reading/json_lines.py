"""Files of one JSON object a line, streamed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from a2bm2gl_tf.data.reading.plain_text import open_bytes
from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.errors import UserError

# A missing line end in a large file must not fill memory.
_LONGEST_LINE = 1 << 24
_UPDATE_BYTES = 1 << 20


def read_json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields the objects of a file one by one.

    Args:
      path: UTF-8 text, an object a line.

    Yields:
      (row from 1, the object).

    Raises:
      UserError: if the file is missing, empty or compressed; naming the row of a line that is no
        JSON object (NaN and Infinity are no JSON), blank or longer than 16 MiB.
    """
    with open_bytes(path) as file, progress_bar(path.stat().st_size, "B", path.name) as progress:
        row = passed = 0
        try:
            while line := file.readline(_LONGEST_LINE):
                row += 1
                passed += len(line)
                if passed >= _UPDATE_BYTES:
                    progress.update(passed)
                    passed = 0
                yield row, _parse(path, row, line)
        except OSError as error:
            raise UserError(f"{path}: {error.strerror or error}; make it readable") from error
        progress.update(passed)


def _parse(path: Path, row: int, line: bytes) -> dict[str, Any]:
    if len(line) == _LONGEST_LINE:
        raise UserError(f"{path}: row {row}: longer than 16 MiB; restore the missing line ends")
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        reason = "the line is blank" if not line.strip() else str(error)
        raise UserError(
            f"{path}: row {row}: not a JSON object ({reason}); mend or remove it"
        ) from error
    if not isinstance(value, dict):
        raise UserError(
            f"{path}: row {row}: holds a {type(value).__name__} where a JSON object is due; mend it"
        )
    return value
