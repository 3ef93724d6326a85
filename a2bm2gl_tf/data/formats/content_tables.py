"""Content of items in a table with a column of ids: CSV, TSV and Parquet."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.content import Categories, Content, Texts, Vectors
from a2bm2gl_tf.data.features.label_categories import label_categories
from a2bm2gl_tf.data.features.quantile_categories import quantile_categories
from a2bm2gl_tf.data.formats.item_table import ItemTable, open_item_table
from a2bm2gl_tf.data.formats.table_kinds import SEPARATOR, tell_kind
from a2bm2gl_tf.data.reading.columns import Columns
from a2bm2gl_tf.errors import UserError


def read_table(
    name: str,
    path: Path,
    catalogue: np.ndarray,
    kind: str | None,
    id_column: str | None,
    column: str | None = None,
) -> Content:
    """Reads a table of one row an item.

    A row without any value says that its item lacks the modality, as a row that is not there does.
    A row of zeros does not: zero is a number like any other.

    Args:
      name: name of the modality.
      path: the table, with a header.
      catalogue: (V,) item ids of the interactions.
      kind: "vectors" (every other column is a number, or one is a Parquet list of them), "texts"
        (one column of text), "categories" (labels: several of them with "|" between, or a Parquet
        list), "numbers" (one column, into at most ten buckets, `quantile_categories`) or None, see
        `table_kinds.tell_kind`.
      id_column: the column of ids; None looks for a usual name.
      column: the only column of content to take; None takes all but the ids.

    Returns:
      The content of the items that have it.

    Raises:
      UserError: naming the file and row, or the flag that tells what cannot be told.
    """
    table = open_item_table(name, path, id_column, column)
    return _READERS[kind or tell_kind(table, catalogue)](table, catalogue)


def _read_vectors(table: ItemTable, catalogue: np.ndarray) -> Vectors:
    if any(stored.endswith(" list") for stored in table.stored.values()):
        ids, present, rows = _list_rows(table, catalogue)
    else:
        ids, present, rows = _number_rows(table, catalogue)
    # Where no item has any other number than zero, none has a direction.
    table.require_any(rows.any())
    return Vectors(table.name, ids[present], table.path, rows, zeros_present=True)


def _number_rows(
    table: ItemTable, catalogue: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All ids, which of them have a vector, and those vectors, from a column a number."""
    ids, columns = table.read(dict.fromkeys(table.stored, "optional number"), catalogue)
    rows = np.stack([columns[column] for column in table.stored], axis=1)
    empty = np.isnan(rows)
    torn = empty.any(axis=1) & ~empty.all(axis=1)
    if torn.any():
        record = int(torn.argmax())
        raise UserError(
            f"{table.path}: row {columns.row(record)}: column "
            f"{list(table.stored)[empty[record].argmax()]} is empty and others are not; fill it "
            "in, or empty the whole row or remove it, and give --missing_features=mask"
        )
    present = ~empty.all(axis=1)
    return ids, present, rows[present]


def _list_rows(
    table: ItemTable, catalogue: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `_number_rows`, from a column of lists."""
    column = _only_column(table, "list of numbers")
    ids, columns = table.read({column: "number list"}, catalogue)
    present = np.array([len(numbers) > 0 for numbers in columns[column]], bool)
    table.require_any(present)
    records = np.flatnonzero(present)
    width = len(columns[column][records[0]])
    rows = np.empty((len(records), width), np.float32)
    for position, record in enumerate(records.tolist()):
        numbers = columns[column][record]
        where = f"{table.path}: row {columns.row(record)}: column {column}"
        if len(numbers) != width:
            raise UserError(
                f"{where}: {len(numbers)} numbers where row {columns.row(int(records[0]))} has "
                f"{width}; mend the row"
            )
        with np.errstate(over="ignore"):
            rows[position] = numbers
        if not np.isfinite(rows[position]).all():
            raise UserError(
                f"{where}: holds a missing number, NaN, an infinity or a number beyond float32; "
                "mend it, or empty the row and give --missing_features=mask"
            )
    return ids, present, rows


def _read_texts(table: ItemTable, catalogue: np.ndarray) -> Texts:
    column = _only_column(table, "text")
    ids, columns = table.read({column: "text"}, catalogue)
    texts = columns[column]
    present = np.array([bool(text.strip()) for text in texts], bool)
    table.require_any(present)
    return Texts(table.name, ids[present], table.path, tuple(texts[present]))


def _read_numbers(table: ItemTable, catalogue: np.ndarray) -> Categories:
    column = _only_column(table, "numbers")
    ids, columns = table.read({column: "optional number"}, catalogue)
    table.require_any(~np.isnan(columns[column]))
    return quantile_categories(table.name, ids, columns[column], table.path)


def _read_categories(table: ItemTable, catalogue: np.ndarray) -> Categories:
    kinds = {
        column: "text list" if stored.endswith(" list") else "text"
        for column, stored in table.stored.items()
    }
    ids, columns = table.read(kinds, catalogue)
    labels = _labels(columns, kinds)
    table.require_any(np.array([bool(found) for found in labels]))
    return label_categories(table.name, ids, labels, table.path)


def _labels(columns: Columns, kinds: dict[str, str]) -> list[list[str]]:
    """The labels of every record."""
    labels: list[list[str]] = [[] for _ in range(columns.records)]
    for column, kind in kinds.items():
        # Equal labels of different columns are different things.
        prefix = f"{column}=" if len(kinds) > 1 else ""
        for found, cell in zip(labels, columns[column], strict=True):
            parts = cell.split(SEPARATOR) if kind == "text" else cell
            found.extend(prefix + label.strip() for label in parts if label.strip())
    return labels


def _only_column(table: ItemTable, due: str) -> str:
    if len(table.stored) > 1:
        raise UserError(
            f"{table.path}: row 1: {', '.join(table.stored)} are several columns where one of "
            f"{due} is due; choose one with --content={table.name}={table.path}#COLUMN"
        )
    return next(iter(table.stored))


_READERS: dict[str, Callable[[ItemTable, np.ndarray], Content]] = {
    "vectors": _read_vectors,
    "texts": _read_texts,
    "categories": _read_categories,
    "numbers": _read_numbers,
}
