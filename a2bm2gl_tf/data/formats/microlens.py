"""MicroLens as distributed: interactions in order of time, titles, covers."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.content import Content, Texts
from a2bm2gl_tf.data.features.image_folder import read_image_folder
from a2bm2gl_tf.data.formats.ids import first_repeat, number_ids, require_distinct, unite_ids
from a2bm2gl_tf.data.formats.raw import Interactions, RawData
from a2bm2gl_tf.data.formats.registry import Format, FormatOptions, register_format
from a2bm2gl_tf.data.reading.columns import IdColumn
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.data.reading.first_line import first_line
from a2bm2gl_tf.data.reading.item_lists import read_item_lists
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.data.reading.records import read_names
from a2bm2gl_tf.errors import UserError

_LISTS, _TABLE, _TITLES, _COVERS = "*_pairs.tsv", "*_pairs.csv", "*_titles.csv", "*_covers"
_CSV = Dialect(",", quoted=True)
# Releases differ in the names of the columns.
_TABLE_COLUMNS = (("userID", "videoID", "timestamp"), ("user", "item", "timestamp"))


def _read(path: Path, options: FormatOptions) -> RawData:
    """Reads `*_pairs.csv` or, where there is none, `*_pairs.tsv`, and what lies beside it.

    Times are the timestamps of the CSV file; of the TSV file, whose lines are in order of time, an
    item's place in its line from 0. Items are those of interactions and titles. Contents: "title"
    and "cover" (the pictures of `*_covers`). Likes and views are left out: they were counted after
    the interactions, so they would tell a model of the future.
    """
    folder = require_directory(path, "input")
    table, lists = _only(folder, _TABLE), _only(folder, _LISTS)
    if table is None and lists is None:
        raise UserError(f"--input={path}: holds no {_LISTS} and no {_TABLE}; give another folder")
    users, items, times = _read_lists(lists) if table is None else _read_table(table)
    files = [table or lists]
    contents: list[Content] = []
    titles: dict = {}
    catalogue, positions = items.ids, items.codes
    file = _only(folder, _TITLES)
    if file is not None:
        columns = read_columns(file, _CSV, {"item": "id", "title": "text"})
        require_distinct(file, "item", columns)
        catalogue, (positions, named) = unite_ids([items, columns["item"]])
        titled = columns["title"] != ""
        texts = tuple(columns["title"][titled])
        item_ids = catalogue[named[titled]]
        titles = dict(zip(item_ids.tolist(), texts, strict=True))
        contents.append(Texts("title", item_ids, file, texts))
        files.append(file)
    covers = _only(folder, _COVERS)
    if covers is not None and covers.is_dir():
        contents.append(read_image_folder("cover", covers, catalogue))
        files.append(covers)
    interactions = Interactions(users.ids, catalogue, users.codes, positions, times=times)
    return RawData(
        interactions, tuple(contents), titles, tuple(files), {"records": len(interactions)}
    )


def _read_table(file: Path) -> tuple[IdColumn, IdColumn, np.ndarray]:
    names = read_names(file, _CSV)
    for user, item, time in _TABLE_COLUMNS:
        if {user, item, time} <= set(names):
            columns = read_columns(file, _CSV, {user: "id", item: "id", time: "time"})
            return columns[user], columns[item], columns[time]
    known = " or ".join(", ".join(columns) for columns in _TABLE_COLUMNS)
    raise UserError(f"{file}: row 1: the header is {', '.join(names)}; it should name {known}")


def _read_lists(file: Path) -> tuple[IdColumn, IdColumn, np.ndarray]:
    lists = read_item_lists(file)
    again = first_repeat(lists.users)
    if again is not None:
        raise UserError(
            f"{file}: row {again + 1}: user {lists.users[again]} was in an earlier row; "
            "join its items in order of time"
        )
    if not len(lists.items):
        raise UserError(f"{file}: no user has an item; give lines of a user and its items")
    return number_ids(lists.owners()), number_ids(lists.items), lists.positions()


def _only(folder: Path, pattern: str) -> Path | None:
    found = sorted(folder.glob(pattern))
    if len(found) > 1:
        raise UserError(
            f"{found[1]}: {found[0].name} is there too and one of them is meant; "
            "move the other away"
        )
    return found[0] if found else None


def _detect(path: Path) -> str | None:
    for file in sorted(path.glob(_TABLE)):
        if any(set(names) <= set(first_line(file).split(",")) for names in _TABLE_COLUMNS):
            return f"{file.name} has the columns {first_line(file)}"
    for file in sorted(path.glob(_LISTS)):
        user, _, items = first_line(file).partition("\t")
        if user.isdigit() and items.replace(" ", "").isdigit():
            return f"lines of {file.name} are a user, a tab and its items"
    return None


register_format(
    Format(
        "microlens",
        "MicroLens: NAME_pairs.csv or NAME_pairs.tsv; NAME_titles.csv, NAME_covers/ beside it",
        _detect,
        _read,
    )
)
