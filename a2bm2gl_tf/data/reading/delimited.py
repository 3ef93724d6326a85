"""Delimited text (CSV, TSV, "::") as columns: streamed, in bounded memory, every record checked."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from a2bm2gl_tf.data.reading.column_kind import BadValueError, ColumnKind
from a2bm2gl_tf.data.reading.columns import Columns
from a2bm2gl_tf.data.reading.dialect import END, LONGEST_RECORD, Dialect
from a2bm2gl_tf.data.reading.kinds import make_kinds
from a2bm2gl_tf.data.reading.lending import lent
from a2bm2gl_tf.data.reading.plain_text import STAND_IN, PlainTextStream, open_bytes
from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.data.reading.records import (
    iterate_records,
    not_encoded,
    read_names,
    row_of_record,
)
from a2bm2gl_tf.errors import UserError, reason_of

# Distinct values of a column that the search for a fault keeps in mind.
_REMEMBERED = 1 << 16


def read_columns(
    path: Path, dialect: Dialect, kinds: dict[str, str], *, description: str | None = None
) -> Columns:
    """Reads some columns of a delimited text file.

    Memory beyond the result is a few blocks of 4 MiB and each block's distinct ids. Line ends may
    be LF, CR LF or CR; the last may be missing, and blank lines may follow it. A UTF-8 byte order
    mark is passed over. No value stands for a missing one: an empty id or number is an error, "NA"
    is an id or text.

    Args:
      path: the file.
      dialect: how it is written.
      kinds: name of the column -> its kind, see `kinds.make_kinds`; at least one that may not be
        empty. Further columns are passed over, but every record must have as many as the first.
      description: a word or two for the progress bar; by default the file's name.

    Returns:
      The columns, in the order of the records.

    Raises:
      UserError: naming the file, and where it is one row that is wrong, that row.
    """
    if set(kinds.values()) <= {"text", "optional number"}:
        raise ValueError("a blank line cannot be told from an empty record")
    names = read_names(path, dialect)
    require_columns(path, names, kinds)
    gathered = make_kinds(kinds)
    records, reason = 0, None
    try:
        with contextlib.closing(
            _batches(path, dialect, names, gathered, description or path.name)
        ) as batches:
            for batch in batches:
                for name, kind in gathered.items():
                    kind.add(batch.column(str(names.index(name))))
                records += len(batch)
    except (BadValueError, pa.ArrowException, ValueError) as error:
        reason = reason_of(error)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}; make it readable") from error
    if reason is not None:
        _explain(path, dialect, names, kinds)
        raise UserError(f"{path}: cannot be read as a table ({reason}); write it anew")
    if not records:
        raise UserError(f"{path}: holds no record, only a header; give a file with data")
    return Columns(
        records,
        {name: kind.finish() for name, kind in gathered.items()},
        lambda record: row_of_record(path, dialect, record),
    )


def require_columns(path: Path, names: tuple[str, ...], wanted: dict[str, str]) -> None:
    """Refuses a file that lacks a column.

    Raises:
      UserError: naming the missing column and those that are there.
    """
    for name in wanted:
        if name not in names:
            raise UserError(
                f"{path}: row 1: there is no column {name!r} among {', '.join(names)}; "
                "mend the header or name another column"
            )


def _batches(
    path: Path,
    dialect: Dialect,
    names: tuple[str, ...],
    gathered: dict[str, ColumnKind],
    description: str,
) -> Iterator[pa.RecordBatch]:
    """The wanted columns as text, named by their position, in batches of some thousand records."""
    delimiter = dialect.separator if len(dialect.separator) == 1 else STAND_IN
    positions = {str(names.index(name)): kind.text_type for name, kind in gathered.items()}
    with (
        open_bytes(path) as file,
        progress_bar(path.stat().st_size, "B", description) as progress,
    ):
        ending = delimiter.join([END] * len(names)) + "\n"
        stream = PlainTextStream(file, dialect.separator, dialect.encoding, ending, progress)
        with lent(stream) as lend:
            reader = pa.csv.open_csv(
                lend(),
                read_options=pa.csv.ReadOptions(
                    column_names=[str(position) for position in range(len(names))],
                    skip_rows_after_names=int(dialect.names is None),
                    block_size=LONGEST_RECORD,
                ),
                parse_options=pa.csv.ParseOptions(
                    delimiter=delimiter,
                    quote_char='"' if dialect.quoted else False,
                    newlines_in_values=dialect.quoted,
                    ignore_empty_lines=False,
                ),
                convert_options=pa.csv.ConvertOptions(
                    column_types=positions,
                    include_columns=list(positions),
                    null_values=[],
                    strings_can_be_null=False,
                ),
            )
            try:
                held = None
                for batch in reader:
                    if len(batch):
                        if held is not None:
                            yield held
                        held = batch
            finally:
                reader.close()
                del reader
        if stream.refused or held is None:
            raise BadValueError("not plain text")
        last = _without_ending(held)
        if len(last):
            yield last


def _without_ending(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch without the record that `PlainTextStream` put last, if a quote did not take it."""
    decoded = [
        column.dictionary_decode() if pa.types.is_dictionary(column.type) else column
        for column in batch.columns
    ]
    if any(column[-1].as_py() != END for column in decoded):
        raise BadValueError("the last record is not closed")
    # Encoded again, for the dictionary of a mere slice would keep the ending as an id.
    kept = [
        pc.dictionary_encode(column[:-1]) if pa.types.is_dictionary(before.type) else column[:-1]
        for column, before in zip(decoded, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(kept, names=batch.schema.names)


def _explain(path: Path, dialect: Dialect, names: tuple[str, ...], kinds: dict[str, str]) -> None:
    """Raises UserError for the first record that is not as it should be, if there is one."""
    # Values found to be fine are remembered: most of a large file repeats few of them.
    wanted = [(names.index(name), name, kind, set()) for name, kind in make_kinds(kinds).items()]
    records = iterate_records(path, dialect)
    if dialect.names is None:
        next(records)
    blank = None
    for row, values in records:
        if values == [""] and len(names) > 1:
            blank = blank or row
            continue
        # Blank lines are no fault where nothing follows.
        if blank is not None:
            raise _blank_line(path, blank)
        if len(values) != len(names):
            raise UserError(
                f"{path}: row {row}: {len(values)} columns where {len(names)} are due; mend the row"
            )
        for position, name, kind, fine in wanted:
            value = values[position]
            if value in fine:
                continue
            found = not_encoded(value, dialect) or kind.fault(value)
            if found:
                shown = value if len(value) <= 40 else value[:40] + "..."
                shown = shown.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                raise UserError(f"{path}: row {row}: column {name}: {shown!r}: {found}")
            if len(fine) < _REMEMBERED:
                fine.add(value)
    if blank is not None:
        raise _blank_line(path, blank)


def _blank_line(path: Path, row: int) -> UserError:
    return UserError(f"{path}: row {row}: the line is blank; remove it")
