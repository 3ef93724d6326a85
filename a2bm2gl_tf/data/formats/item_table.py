"""A table of items: which column holds the ids, and what the others are stored as."""

import dataclasses
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.formats.content_ids import like_catalogue
from a2bm2gl_tf.data.formats.registry import PARQUET_ENDINGS
from a2bm2gl_tf.data.formats.table import usual_dialect
from a2bm2gl_tf.data.formats.table_columns import usual_columns
from a2bm2gl_tf.data.reading.columns import Columns
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.kinds import make_kinds
from a2bm2gl_tf.data.reading.parquet import read_parquet_columns, read_parquet_kinds
from a2bm2gl_tf.data.reading.paths import require_file
from a2bm2gl_tf.data.reading.records import iterate_records, read_names
from a2bm2gl_tf.errors import UserError

_ID_NAME = "id"


@dataclasses.dataclass(frozen=True)
class ItemTable:
    """A table with a row an item.

    Attributes:
      name: name of the modality.
      path: the file.
      ids: its column of ids.
      stored: column of content -> "number", "text" or, in Parquet, as `read_parquet_kinds` says.
    """

    name: str
    path: Path
    ids: str
    stored: dict[str, str]

    def read(self, kinds: dict[str, str], catalogue: np.ndarray) -> tuple[np.ndarray, Columns]:
        """The ids, of the catalogue's dtype, and columns of content by their kinds."""
        kinds = {self.ids: "id"} | kinds
        if is_parquet(self.path):
            columns = read_parquet_columns(self.path, kinds)
        else:
            columns = read_columns(self.path, usual_dialect(self.path), kinds)
        ids = like_catalogue(columns[self.ids].values(), catalogue, self.path, columns.row)
        return ids, columns

    def require_any(self, present: np.ndarray) -> None:
        """Refuses a table in which no item has the modality."""
        if not np.any(present):
            raise UserError(f"{self.path}: no item has modality {self.name}; leave the file out")


def open_item_table(name: str, path: Path, id_column: str | None, column: str | None) -> ItemTable:
    """Looks at a table's header and, where the file has no types, at its first values.

    Args:
      name: name of the modality.
      path: CSV, TSV or Parquet.
      id_column: the column of ids; None looks for a usual name.
      column: the only column of content to take; None takes all but the ids.

    Raises:
      UserError: naming the flag, if a column is not there or the ids' cannot be told.
    """
    require_file(path)
    stored = read_parquet_kinds(path) if is_parquet(path) else _text_kinds(path)
    ids = _id_column(name, path, tuple(stored), id_column)
    others = {other: kind for other, kind in stored.items() if other != ids}
    if not others:
        raise UserError(f"{path}: row 1: there is no column but {ids}; add one of content")
    if column is not None:
        if column not in others:
            raise UserError(
                f"--content={name}={path}#{column}: no such column of content; "
                f"choose one of {', '.join(others)}"
            )
        others = {column: others[column]}
    return ItemTable(name, path, ids, others)


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by its ending."""
    return path.suffix.lower() in PARQUET_ENDINGS


def _text_kinds(path: Path) -> dict[str, str]:
    """Column -> "number" or "text", as its first value that is not empty."""
    dialect = usual_dialect(path)
    names = read_names(path, dialect)
    kinds: dict[str, str] = {}
    number = make_kinds({"value": "number"})["value"]
    records = iterate_records(path, dialect)
    next(records)
    for _, values in records:
        # A record of another length is reported when the table is read.
        for column, value in zip(names, values, strict=False):
            if value and column not in kinds:
                kinds[column] = "number" if number.fault(value) is None else "text"
        if len(kinds) == len(names):
            break
    return {column: kinds.get(column, "number") for column in names}


def _id_column(name: str, path: Path, names: tuple[str, ...], asked: str | None) -> str:
    if asked is not None:
        if asked not in names:
            raise UserError(
                f"--content_id_column={name}={asked}: {path} has no such column; "
                f"choose one of {', '.join(names)}"
            )
        return asked
    found = usual_columns(names, "item") or [one for one in names if one.casefold() == _ID_NAME]
    if len(found) != 1:
        raise UserError(
            f"{path}: row 1: cannot tell which of {', '.join(names)} holds the item ids; "
            f"give --content_id_column={name}=COLUMN"
        )
    return found[0]
