"""Parquet files as columns, a row group at a time."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from a2bm2gl_tf.data.reading.column_kind import BadValueError, ColumnKind
from a2bm2gl_tf.data.reading.columns import Columns, repeated
from a2bm2gl_tf.data.reading.delimited import require_columns
from a2bm2gl_tf.data.reading.kinds import make_kinds
from a2bm2gl_tf.data.reading.list_kinds import is_list, is_text
from a2bm2gl_tf.data.reading.paths import require_file
from a2bm2gl_tf.data.reading.progress import progress_bar
from a2bm2gl_tf.errors import UserError, reason_of

_BATCH = 1 << 16
# Rows that any file may have, and rows that every byte may stand for.
_SMALL, _ROWS_A_BYTE = 10**7, 100
# Bytes of a batch's texts written out; a dictionary may name one long text a thousand times.
_MOST_TEXT = 1 << 28


def read_parquet_names(path: Path) -> tuple[str, ...]:
    """Names of the columns of a Parquet file.

    Raises:
      UserError: if it is missing, unreadable, not Parquet, or names a column twice.
    """
    with _open(path) as file:
        return _names(path, file)


def read_parquet_kinds(path: Path) -> dict[str, str]:
    """Column of a Parquet file -> what it is stored as.

    That is "number", "text", "number list" (of decimal numbers), "whole list", "text list" or
    "other".

    Raises:
      UserError: as `read_parquet_names`.
    """
    with _open(path) as file:
        return {name: _stored_as(file.schema_arrow.field(name).type) for name in _names(path, file)}


def read_parquet_columns(
    path: Path, kinds: dict[str, str], *, description: str | None = None
) -> Columns:
    """Reads some columns of a Parquet file.

    Ids may be whole numbers or text, numbers any numeric type or text; a missing value is an error
    except in a column of text, where it is the empty text. Rows are counted from 1.

    Args:
      path: the file.
      kinds: name of the column -> its kind, see `kinds.make_kinds`.
      description: a word or two for the progress bar; by default the file's name.

    Returns:
      The columns, in the order of the records.

    Raises:
      UserError: naming the file, the column and where it is one row that is wrong, that row.
    """
    gathered = make_kinds(kinds)
    records = 0
    with _open(path) as file:
        require_columns(path, _names(path, file), kinds)
        texts = [name for name in kinds if is_text(file.schema_arrow.field(name).type)]
    with _open(path, texts) as file:
        for name, kind in gathered.items():
            stored = _plain_type(file.schema_arrow.field(name).type)
            if not kind.takes(stored):
                raise UserError(
                    f"{path}: column {name} holds {stored}; "
                    f"store it so that it can be read as {kinds[name]}"
                )
        total = file.metadata.num_rows
        # Of every row some bits differ, or else a table says nothing; a bomb has none of its own.
        most = max(_SMALL, _ROWS_A_BYTE * path.stat().st_size)
        try:
            with progress_bar(total, "row", description or path.name) as progress:
                if total > most:
                    raise _too_many(path, total)
                for batch in file.iter_batches(_BATCH, columns=list(kinds)):
                    for name, kind in gathered.items():
                        _add(path, name, kind, batch.column(name), records)
                    records += len(batch)
                    if records > most:
                        raise _too_many(path, records)
                    progress.update(len(batch))
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise _damaged(path, error) from error
    if not records:
        raise UserError(f"{path}: holds no record; download it again")
    return Columns(
        records,
        {name: kind.finish() for name, kind in gathered.items()},
        lambda record: record + 1,
    )


def _stored_as(stored: pa.DataType) -> str:
    if is_list(stored):
        entry = _stored_as(stored.value_type)
        if entry == "number" and pa.types.is_integer(stored.value_type):
            return "whole list"
        return f"{entry} list" if entry in ("number", "text") else "other"
    if pa.types.is_integer(stored) or pa.types.is_floating(stored) or pa.types.is_decimal(stored):
        return "number"
    return "text" if is_text(stored) else "other"


def _add(path: Path, name: str, kind: ColumnKind, values: pa.Array, before: int) -> None:
    if pa.types.is_dictionary(values.type) and is_text(values.type.value_type):
        lengths = pc.binary_length(values.dictionary)
        if (pc.sum(lengths.take(values.indices)).as_py() or 0) > _MOST_TEXT:
            raise UserError(
                f"{path}: column {name}: more than {_MOST_TEXT} bytes of text in {len(values)} "
                "rows; do not trust this file"
            )
    values = pc.cast(values, _plain_type(values.type))
    try:
        # Arrow takes the bytes of a text as they come, and fails on them in any call later.
        values.validate(full=True)
    except pa.ArrowInvalid as error:
        raise UserError(
            f"{path}: column {name}: damaged, or text that is not UTF-8 "
            f"({reason_of(error)}); write it anew"
        ) from error
    try:
        kind.add(values)
    except (BadValueError, pa.ArrowInvalid) as error:
        for row, value in enumerate(_listed(values), start=before + 1):
            found = "is missing; fill it in" if value is None else kind.fault(str(value))
            if found:
                raise UserError(f"{path}: row {row}: column {name}: {value!r}: {found}") from error
        raise UserError(
            f"{path}: column {name}: cannot be read ({error}); write it anew"
        ) from error


def _listed(values: pa.Array) -> list:
    """The values for a message; as Arrow prints them where Python has no such date, say."""
    try:
        return values.to_pylist()
    except (OverflowError, ValueError):
        return pc.cast(values, pa.string()).to_pylist()


def _plain_type(stored: pa.DataType) -> pa.DataType:
    """The type without its encoding as a dictionary or with long offsets."""
    if pa.types.is_dictionary(stored):
        return _plain_type(stored.value_type)
    if pa.types.is_large_string(stored) or pa.types.is_string_view(stored):
        return pa.string()
    return stored


def _open(path: Path, coded: Sequence[str] = ()) -> pyarrow.parquet.ParquetFile:
    """Opens a file; the columns `coded` come with each distinct text once."""
    require_file(path)
    try:
        file = pyarrow.parquet.ParquetFile(path, read_dictionary=list(coded))
        # The schema is made of the footer only when it is asked for.
        _ = file.schema_arrow.names
        return file
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error


def _names(path: Path, file: pyarrow.parquet.ParquetFile) -> tuple[str, ...]:
    names = tuple(file.schema_arrow.names)
    again = repeated(names)
    if again is not None:
        raise UserError(f"{path}: has column {again!r} twice; rename one of them")
    return names


def _too_many(path: Path, rows: int) -> UserError:
    return UserError(
        f"{path}: claims {rows} rows, too many for a file of {path.stat().st_size} bytes; "
        "do not trust this file"
    )


def _damaged(path: Path, error: Exception) -> UserError:
    if isinstance(error, PermissionError):
        return UserError(f"{path}: {error.strerror or error}; make it readable")
    return UserError(
        f"{path}: truncated or not a Parquet file ({reason_of(error)}); download it again"
    )
