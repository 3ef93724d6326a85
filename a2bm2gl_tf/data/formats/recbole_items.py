"""What a RecBole `.item` file says of the items: one content a column, made as its type says."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from a2bm2gl_tf.data.features.content import Content, Texts, Vectors
from a2bm2gl_tf.data.features.label_categories import label_categories
from a2bm2gl_tf.data.features.quantile_categories import quantile_categories
from a2bm2gl_tf.data.formats.ids import require_distinct
from a2bm2gl_tf.data.formats.recbole_header import read_atomic_file
from a2bm2gl_tf.data.reading.columns import Columns
from a2bm2gl_tf.errors import UserError

_TITLE = re.compile(r"(.*_)?(title|name)", re.IGNORECASE)
_KINDS = {"token": "text", "token_seq": "text", "float": "optional number", "float_seq": "text"}


def read_items(path: Path, item_column: str) -> tuple[tuple[Content, ...], dict[Any, str]]:
    """Reads every column of a `.item` file.

    A column called title or name (or ..._title, ..._name) is text, and the first such column the
    items' titles. Otherwise a token is a category, a token_seq several (separated by blanks), a
    float one of ten buckets with about as many items each (`quantile_categories`), and a float_seq
    a vector. An empty value means that the item lacks the modality.

    Args:
      path: the file.
      item_column: name of its column of ids, without the type.

    Returns:
      The contents in the order of the columns, leaving out those that no item has, and item id ->
      title.

    Raises:
      UserError: naming the file and row that is not as it should be.
    """
    file = read_atomic_file(path)
    if item_column not in file.types:
        raise UserError(
            f"{path}: row 1: there is no column {item_column!r} among {', '.join(file.types)}; "
            "call it as in the .inter file"
        )
    others = {name: kind for name, kind in file.types.items() if name != item_column}
    columns = file.read({item_column: "id"} | {name: _KINDS[kind] for name, kind in others.items()})
    item_ids = require_distinct(path, item_column, columns)
    contents, titles = [], {}
    for name, kind in others.items():
        is_title = kind.startswith("token") and _TITLE.fullmatch(name)
        make = _texts if is_title else _MAKERS[kind]
        content = make(name, item_ids, columns, path)
        if is_title and not titles:
            titles = dict(zip(content.item_ids.tolist(), content.texts, strict=True))
        if len(content.item_ids):
            contents.append(content)
    return tuple(contents), titles


def _modality(column: str) -> str:
    """A modality's name has letters, digits and underscores alone."""
    return re.sub(r"[^A-Za-z0-9_]", "_", column)


def _texts(name: str, item_ids: np.ndarray, columns: Columns, path: Path) -> Texts:
    kept = columns[name] != ""
    return Texts(_modality(name), item_ids[kept], path, tuple(columns[name][kept]))


def _token(name: str, item_ids: np.ndarray, columns: Columns, path: Path) -> Content:
    labels = [[value] if value else [] for value in columns[name]]
    return label_categories(_modality(name), item_ids, labels, path)


def _tokens(name: str, item_ids: np.ndarray, columns: Columns, path: Path) -> Content:
    return label_categories(
        _modality(name), item_ids, [value.split() for value in columns[name]], path
    )


def _number(name: str, item_ids: np.ndarray, columns: Columns, path: Path) -> Content:
    return quantile_categories(_modality(name), item_ids, columns[name], path)


def _vectors(name: str, item_ids: np.ndarray, columns: Columns, path: Path) -> Vectors:
    kept = columns[name] != ""
    records = np.flatnonzero(kept)
    rows = np.zeros((0, 0), np.float32)
    for position, record in enumerate(records):
        numbers = _parse(columns[name][record])
        if numbers is None:
            raise UserError(
                f"{path}: row {columns.row(int(record))}: column {name}: not finite numbers "
                "separated by blanks; mend the row"
            )
        if position == 0:
            rows = np.empty((len(records), len(numbers)), np.float32)
        if len(numbers) != rows.shape[1]:
            raise UserError(
                f"{path}: row {columns.row(int(record))}: column {name}: {len(numbers)} numbers "
                f"where the rows before have {rows.shape[1]}; mend the row"
            )
        rows[position] = numbers
    return Vectors(_modality(name), item_ids[kept], path, rows)


def _parse(value: str) -> np.ndarray | None:
    try:
        with np.errstate(over="ignore"):
            numbers = np.array(value.split(), np.float64).astype(np.float32)
    except ValueError:
        return None
    return numbers if len(numbers) and np.isfinite(numbers).all() else None


_MAKERS: dict[str, Callable[..., Content]] = {
    "token": _token,
    "token_seq": _tokens,
    "float": _number,
    "float_seq": _vectors,
}
