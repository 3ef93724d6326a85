"""RecBole's atomic files: tables whose header says the type of every column."""

import dataclasses
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.formats.ids import unite_ids
from a2bm2gl_tf.data.formats.raw import TEST, TRAIN, VALIDATION, Interactions, RawData
from a2bm2gl_tf.data.formats.recbole_header import AtomicFile, read_atomic_file
from a2bm2gl_tf.data.formats.recbole_items import read_items
from a2bm2gl_tf.data.formats.registry import Format, FormatOptions, register_format
from a2bm2gl_tf.data.reading.columns import Columns
from a2bm2gl_tf.data.reading.first_line import first_line
from a2bm2gl_tf.errors import UserError

_ENDING = ".inter"
# RecBole's benchmark files: NAME.train.inter and so on.
_PARTS = {".train": TRAIN, ".valid": VALIDATION, ".test": TEST}


@dataclasses.dataclass(frozen=True)
class _Table:
    """What one `.inter` file holds, and the names of its columns by what they are for."""

    file: AtomicFile
    columns: Columns
    roles: dict[str, str]


def _read(path: Path, options: FormatOptions) -> RawData:
    """Reads `NAME.inter`, or `NAME.train.inter`, `.valid.inter`, `.test.inter`, and `NAME.item`.

    Columns are user_id, item_id, rating and timestamp unless told; the latter two may be missing.
    """
    files = _interaction_files(path)
    if not files:
        raise UserError(
            f"--input={path}: holds no {_ENDING} file, or several that are no parts of one split; "
            "keep one or give the file itself"
        )
    tables = [_read_table(file, options) for file in files]
    for table in tables[1:]:
        if table.roles.keys() != tables[0].roles.keys():
            raise UserError(
                f"{table.file.path}: row 1: its columns are not those of "
                f"{tables[0].file.path.name}; use files of the same release"
            )
    user_ids, users = unite_ids([table.columns[table.roles["user"]] for table in tables])
    item_ids, items = unite_ids([table.columns[table.roles["item"]] for table in tables])
    sizes = [table.columns.records for table in tables]
    parts = None
    if None not in files.values():
        parts = np.repeat(np.array(list(files.values()), np.uint8), sizes)
    interactions = Interactions(
        user_ids,
        item_ids,
        np.concatenate(users),
        np.concatenate(items),
        values=_joined(tables, "value"),
        times=_joined(tables, "time"),
        parts=parts,
    )
    return _with_items(interactions, tables, sum(sizes))


def _with_items(interactions: Interactions, tables: list[_Table], records: int) -> RawData:
    paths = tuple(table.file.path for table in tables)
    counts = {"records": records}
    item_file = paths[0].with_name(_stem(paths[0]) + ".item")
    if not item_file.exists():
        return RawData(interactions, files=paths, counts=counts)
    contents, titles = read_items(item_file, tables[0].roles["item"])
    return RawData(interactions, contents, titles, (*paths, item_file), counts)


def _read_table(path: Path, options: FormatOptions) -> _Table:
    file = read_atomic_file(path)
    roles, kinds = {}, {}
    for role, flag, usual, kind in (
        ("user", "user_column", "user_id", "id"),
        ("item", "item_column", "item_id", "id"),
        ("value", "value_column", "rating", "number"),
        ("time", "time_column", "timestamp", "time"),
    ):
        asked = getattr(options, flag)
        if asked == "" and kind != "id":
            continue
        name = asked or usual
        if name in file.types:
            roles[role], kinds[name] = name, kind
        elif asked or kind == "id":
            raise UserError(
                f"{path}: row 1: there is no column {name!r} among {', '.join(file.types)}; "
                f"name it with --{flag}"
            )
    return _Table(file, file.read(kinds), roles)


def _joined(tables: list[_Table], role: str) -> np.ndarray | None:
    if role not in tables[0].roles:
        return None
    return np.concatenate([table.columns[table.roles[role]] for table in tables])


def _interaction_files(path: Path) -> dict[Path, int | None]:
    """The files to read and the part that each is, or None where the data is not split."""
    if path.is_file():
        return {path: None}
    files = sorted(path.glob("*" + _ENDING))
    whole = [file for file in files if _part(file) is None]
    if len(whole) == 1:
        return {whole[0]: None}
    parts = {file: _part(file) for file in files}
    if whole or sorted(parts.values()) != [*_PARTS.values()] or len(set(map(_stem, files))) > 1:
        return {}
    return dict(sorted(parts.items(), key=lambda item: item[1]))


def _part(file: Path) -> int | None:
    return _PARTS.get(Path(file.name.removesuffix(_ENDING)).suffix)


def _stem(file: Path) -> str:
    name = file.name.removesuffix(_ENDING)
    return Path(name).stem if Path(name).suffix in _PARTS else name


def _detect(path: Path) -> str | None:
    for file in _interaction_files(path):
        names = first_line(file).split("\t")
        if len(names) > 1 and all(":" in name for name in names):
            return f"{file.name} has a header of names and types such as {names[0]}"
    return None


register_format(
    Format(
        "recbole",
        "RecBole atomic files: NAME.inter (or its .train, .valid, .test parts) and NAME.item",
        _detect,
        _read,
        frozenset({"user_column", "item_column", "value_column", "time_column"}),
    )
)
