"""Lines of a text file, counted, with a bound on their length."""

from collections.abc import Iterator
from pathlib import Path

from a2bm2gl_tf.data.reading.plain_text import open_bytes
from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.errors import UserError

# Far more than any record takes; a missing line end in a large file must not fill memory.
_LONGEST = 1 << 26


def iterate_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yields (1-based row, line with its end) under a progress bar.

    Args:
      path: the file; a byte order mark is passed over.

    Raises:
      UserError: if it is missing, a folder, empty, compressed, unreadable, or a line is endless.
    """
    with open_bytes(path) as file, progress_bar(path.stat().st_size, "B", path.name) as progress:
        row = 0
        try:
            while line := file.readline(_LONGEST):
                row += 1
                if len(line) == _LONGEST:
                    raise UserError(
                        f"{path}: row {row}: longer than {_LONGEST} bytes; "
                        "restore the missing line ends"
                    )
                yield row, line
                progress.update(len(line))
        except OSError as error:
            raise UserError(f"{path}: {error.strerror or error}; make it readable") from error
