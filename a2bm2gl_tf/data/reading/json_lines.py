"""Files of one JSON object a line, streamed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from a2bm2gl_tf.data.reading.lines import iterate_lines
from a2bm2gl_tf.errors import UserError, reason_of


def iterate_json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields (1-based row, object) of every line.

    Args:
      path: the file, one object a line.

    Raises:
      UserError: naming the file and row of a line that is no JSON object.
    """
    for row, line in iterate_lines(path):
        try:
            value = orjson.loads(line)
        except ValueError as error:
            reason = "the line is blank" if not line.strip() else reason_of(error)
            raise UserError(f"{path}: row {row}: not JSON ({reason}); mend the row") from error
        if not isinstance(value, dict):
            raise UserError(
                f"{path}: row {row}: holds a {type(value).__name__} where an object is due; "
                'write {"name": value, ...} on every line'
            )
        yield row, value
