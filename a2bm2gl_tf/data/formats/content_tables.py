"""Content of items in a table with a column of ids: CSV, TSV and Parquet."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.content import Categories, Content, Texts, Vectors
from a2bm2gl_tf.data.features.label_categories import label_categories
from a2bm2gl_tf.data.formats.content_ids import like_catalogue
from a2bm2gl_tf.data.formats.table import PARQUET_ENDINGS, usual_dialect
from a2bm2gl_tf.data.formats.table_columns import usual_columns
from a2bm2gl_tf.data.reading.columns import Columns
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.kinds import make_kinds
from a2bm2gl_tf.data.reading.parquet import read_parquet_columns, read_parquet_numeric
from a2bm2gl_tf.data.reading.paths import require_file
from a2bm2gl_tf.data.reading.records import iterate_records, read_names
from a2bm2gl_tf.errors import UserError

_SEPARATOR = "|"
_ID_NAME = "id"


def read_table(
    name: str, path: Path, catalogue: np.ndarray, kind: str | None, id_column: str | None
) -> Content:
    """Reads a table of one row an item.

    Args:
      name: name of the modality.
      path: the table, with a header.
      catalogue: (V,) item ids of the interactions.
      kind: "vectors" (every other column is a number), "texts" (one column of text), "categories"
        (labels, several of them with "|" between) or None: vectors if every other column of the
        first row is a number, texts if there is one other column.
      id_column: the column of ids; None looks for a usual name.

    Returns:
      The content; items with an empty text or without labels lack it, items of zero vectors too.

    Raises:
      UserError: naming the file and row, or the flag that tells what cannot be told.
    """
    require_file(path)
    numeric = _numeric_columns(path)
    ids = _id_column(name, path, tuple(numeric), id_column)
    others = [column for column in numeric if column != ids]
    if not others:
        raise UserError(f"{path}: row 1: there is no column but {ids}; add one of content")
    told = kind or _tell(name, path, [numeric[column] for column in others])
    try:
        return _READERS[told](name, path, catalogue, ids, others)
    except UserError as error:
        if kind is None and told == "vectors" and len(others) == 1 and "not a number" in str(error):
            raise UserError(f"{error}, or give --content_kind={name}=texts") from error
        raise


def _numeric_columns(path: Path) -> dict[str, bool]:
    """Column -> whether it starts with a number."""
    if path.suffix.lower() in PARQUET_ENDINGS:
        return read_parquet_numeric(path)
    dialect = usual_dialect(path)
    names = read_names(path, dialect)
    records = iterate_records(path, dialect)
    next(records)
    _, first = next(records, (2, []))
    number = make_kinds({"value": "number"})["value"]
    # A first record of another length is reported when the table is read.
    first = [*first, *[""] * len(names)]
    return {
        column: number.fault(value) is None for column, value in zip(names, first, strict=False)
    }


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


def _tell(name: str, path: Path, numeric: list[bool]) -> str:
    if all(numeric):
        return "vectors"
    if len(numeric) == 1:
        return "texts"
    raise UserError(
        f"{path}: row 2: has several columns and not all are numbers; give "
        f"--content_kind={name}=categories, or leave only numbers or one column of text"
    )


def _read(path: Path, ids: str, others: list[str], kind: str) -> Columns:
    kinds = {ids: "id", **dict.fromkeys(others, kind)}
    if path.suffix.lower() in PARQUET_ENDINGS:
        return read_parquet_columns(path, kinds)
    return read_columns(path, usual_dialect(path), kinds)


def _read_vectors(
    name: str, path: Path, catalogue: np.ndarray, ids: str, others: list[str]
) -> Vectors:
    columns = _read(path, ids, others, "number")
    item_ids = like_catalogue(columns[ids].values(), catalogue, path, columns.row)
    rows = np.stack([columns[column] for column in others], axis=1)
    present = rows.any(axis=1)
    _require_any(name, path, present)
    return Vectors(name, item_ids[present], path, rows[present])


def _read_texts(name: str, path: Path, catalogue: np.ndarray, ids: str, others: list[str]) -> Texts:
    if len(others) > 1:
        raise UserError(
            f"{path}: row 1: {', '.join(others)} are several columns where one of text is due; "
            "leave only one"
        )
    columns = _read(path, ids, others, "text")
    item_ids = like_catalogue(columns[ids].values(), catalogue, path, columns.row)
    texts = columns[others[0]]
    present = np.array([bool(text.strip()) for text in texts], bool)
    _require_any(name, path, present)
    return Texts(name, item_ids[present], path, tuple(texts[present]))


def _read_categories(
    name: str, path: Path, catalogue: np.ndarray, ids: str, others: list[str]
) -> Categories:
    columns = _read(path, ids, others, "text")
    item_ids = like_catalogue(columns[ids].values(), catalogue, path, columns.row)
    labels: list[list[str]] = [[] for _ in item_ids]
    for column in others:
        # Equal labels of different columns are different things.
        prefix = f"{column}=" if len(others) > 1 else ""
        for found, cell in zip(labels, columns[column], strict=True):
            found.extend(
                prefix + label.strip() for label in cell.split(_SEPARATOR) if label.strip()
            )
    _require_any(name, path, np.array([bool(found) for found in labels]))
    return label_categories(name, item_ids, labels, path)


def _require_any(name: str, path: Path, present: np.ndarray) -> None:
    if not present.any():
        raise UserError(f"{path}: no item has modality {name}; leave the file out")


_READERS: dict[str, Callable[[str, Path, np.ndarray, str, list[str]], Content]] = {
    "vectors": _read_vectors,
    "texts": _read_texts,
    "categories": _read_categories,
}
