"""The slow, exact way through a delimited file: record by record, with the row of each."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from a2bm2gl_tf.data.reading.columns import repeated
from a2bm2gl_tf.data.reading.dialect import END, LONGEST_RECORD, Dialect
from a2bm2gl_tf.data.reading.plain_text import STAND_IN, open_bytes
from a2bm2gl_tf.errors import UserError

_MOST_COLUMNS = 1 << 16


def iterate_records(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Yields (1-based row where it starts, values) of every record, the header included.

    Bytes that are not in the encoding come as lone surrogates.

    Raises:
      UserError: naming the row, for NUL bytes, a quote that is not closed, or an endless record.
    """
    with open_bytes(path) as file:
        # Line ends are kept as they are: within quotes they belong to the value.
        text = io.TextIOWrapper(file, dialect.encoding, "surrogateescape", newline="")
        lines = iter(lambda: text.readline(LONGEST_RECORD + 1), "")
        lines = _checked_lines(path, lines, dialect)
        yield from (_quoted if dialect.quoted else _unquoted)(path, lines, dialect)


def read_names(path: Path, dialect: Dialect) -> tuple[str, ...]:
    """Names of the columns: the dialect's, or those of the first record.

    Raises:
      UserError: if the header is not UTF-8 or names a column twice.
    """
    if dialect.names is not None:
        return dialect.names
    _, names = next(iterate_records(path, dialect), (0, []))
    if not names:
        raise UserError(f"{path}: the file is empty but for a byte order mark; download it again")
    if len(names) > _MOST_COLUMNS:
        raise UserError(
            f"{path}: row 1: {len(names)} columns, more than {_MOST_COLUMNS}; is it a table with a "
            "header, and is the separator right?"
        )
    again = repeated(names)
    for name in names:
        if not _encodable(name):
            raise UserError(
                f"{path}: row 1: the header is not valid {dialect.encoding.upper()}; "
                "save the file as UTF-8"
            )
        if name == again:
            raise UserError(
                f"{path}: row 1: the header names column {name!r} twice; rename one of them"
            )
    return tuple(names)


def row_of_record(path: Path, dialect: Dialect, record: int) -> int:
    """The 1-based row where record `record` (from 0, the header not counted) starts."""
    position = record + (dialect.names is None)
    if not dialect.quoted:
        return position + 1
    for number, (row, _) in enumerate(iterate_records(path, dialect)):
        if number == position:
            return row
    raise IndexError(record)


def not_encoded(value: str, dialect: Dialect) -> str | None:
    """Says that a value's bytes are not in the dialect's encoding, or None if they are."""
    if _encodable(value):
        return None
    return f"holds bytes that are not valid {dialect.encoding.upper()}; save the file as UTF-8"


def _encodable(value: str) -> bool:
    return value.isascii() or not any("\udc80" <= character <= "\udcff" for character in value)


def _checked_lines(path: Path, lines: Iterator[str], dialect: Dialect) -> Iterator[str]:
    for row, line in enumerate(lines, start=1):
        if "\0" in line:
            raise UserError(
                f"{path}: row {row}: holds a NUL byte, so this is not text or it is damaged; "
                "download it again or save it as UTF-8"
            )
        if len(dialect.separator) > 1 and STAND_IN in line:
            raise UserError(f"{path}: row {row}: holds the control character U+001F; remove it")
        if len(line) > LONGEST_RECORD:
            raise UserError(
                f"{path}: row {row}: longer than {LONGEST_RECORD} characters; "
                "restore the missing line ends"
            )
        yield line


def _unquoted(
    path: Path, lines: Iterator[str], dialect: Dialect
) -> Iterator[tuple[int, list[str]]]:
    for row, line in enumerate(lines, start=1):
        yield row, line.rstrip("\r\n").split(dialect.separator)


def _quoted(path: Path, lines: Iterator[str], dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    limit = csv.field_size_limit(LONGEST_RECORD)
    try:
        ended = _EndedLines(lines)
        reader = csv.reader(ended, delimiter=dialect.separator)
        while True:
            row = reader.line_num + 1
            try:
                values = next(reader)
                closed = ended.end is None or row == ended.end
            except csv.Error:
                closed = False
            if not closed:
                raise UserError(
                    f"{path}: row {row}: a quote is opened and never closed; "
                    'close it, and write a quote within quotes as ""'
                )
            if row == ended.end:
                return
            yield row, values or [""]
    finally:
        csv.field_size_limit(limit)


class _EndedLines:
    """The lines and a last one that is part of a record only if a quote before it is open.

    Attributes:
      end: number of that last line, or None until it is asked for.
    """

    def __init__(self, lines: Iterator[str]) -> None:
        self.end: int | None = None
        self._lines = lines
        self._count = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.end is not None:
            raise StopIteration
        self._count += 1
        line = next(self._lines, None)
        if line is None:
            self.end = self._count
            return END
        return line
