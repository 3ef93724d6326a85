"""What a user's table of items holds, where no flag says so."""

import os
from collections.abc import Sequence

import numpy as np

from a2bm2gl_tf.data.features.image_folder import PICTURE_ENDINGS
from a2bm2gl_tf.data.formats.item_table import ItemTable, is_parquet
from a2bm2gl_tf.data.reading.kinds import make_kinds
from a2bm2gl_tf.errors import UserError

SEPARATOR = "|"
_LISTS = {"number list": "vectors", "text list": "categories"}


def tell_kind(table: ItemTable, catalogue: np.ndarray) -> str:
    """Tells the kind of content, or asks where a guess could be wrong.

    Several columns are vectors if all are numbers. One column is
      - vectors or categories, if it is a Parquet list of decimal numbers or of texts;
      - categories, if cells hold "|", and most do or the labels between occur twice on average;
      - else texts. Numbers alone may be labels, amounts or titles, so they are asked for.

    Args:
      table: the table.
      catalogue: (V,) item ids of the interactions.

    Returns:
      "vectors", "texts" or "categories".

    Raises:
      UserError: naming the flag to give, or what else to do.
    """
    flag = f"--content_kind={table.name}"
    if len(table.stored) > 1:
        if set(table.stored.values()) == {"number"}:
            return "vectors"
        raise UserError(
            f"{table.path}: row 1: {', '.join(table.stored)} are several columns and not all are "
            f"numbers; choose one with --content={table.name}={table.path}#COLUMN, or give "
            f"{flag}=categories for labels in all"
        )
    column, stored = next(iter(table.stored.items()))
    if stored in _LISTS:
        return _LISTS[stored]
    if stored == "whole list":
        raise UserError(
            f"{table.path}: column {column} holds lists of whole numbers; give {flag}=categories "
            f"if they are labels or {flag}=vectors if they are vectors"
        )
    cells = []
    if stored == "text" or not is_parquet(table.path):
        _, columns = table.read({column: "text"}, catalogue)
        cells = [cell for cell in columns[column] if cell.strip()]
    if (stored == "number" and is_parquet(table.path)) or _mostly_numbers(cells):
        raise UserError(
            f"{table.path}: column {column} alone holds numbers, and one number is no vector; give "
            f"{flag}=categories if they are labels, {flag}=numbers if they are amounts (for "
            f"buckets) or {flag}=texts if they are titles"
        )
    if cells and _is_picture(table, cells[0]):
        raise UserError(
            f"{table.path}: column {column} holds paths of pictures, such as {cells[0][:80]}; name "
            f"each picture by its item's id and give their folder: --content={table.name}=FOLDER"
        )
    return _texts_or_categories(table, column, cells, flag)


def _mostly_numbers(cells: Sequence[str]) -> bool:
    """Half of the cells, for a slip of the pen must not turn amounts into texts."""
    number = make_kinds({"value": "number"})["value"]
    return 2 * sum(number.fault(cell) is None for cell in cells) >= max(1, len(cells))


def _is_picture(table: ItemTable, cell: str) -> bool:
    places = (cell, table.path.parent / cell)
    return cell.lower().endswith(PICTURE_ENDINGS) and any(map(os.path.isfile, places))


def _texts_or_categories(table: ItemTable, column: str, cells: Sequence[str], flag: str) -> str:
    parted = [cell for cell in cells if SEPARATOR in cell]
    if not parted:
        return "texts"
    labels = [label.strip() for cell in cells for label in cell.split(SEPARATOR)]
    if 2 * len(parted) > len(cells) or len(labels) >= 2 * len(set(labels)):
        return "categories"
    raise UserError(
        f"{table.path}: column {column} holds {SEPARATOR!r} in some cells, such as "
        f"{parted[0][:80]!r}; give {flag}=texts, or {flag}=categories if it parts labels"
    )
