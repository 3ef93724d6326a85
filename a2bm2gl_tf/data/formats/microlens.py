"""MicroLens: pairs of user and video in the order of watching, and titles."""

from pathlib import Path

from a2bm2gl_tf.data.features.content import Texts
from a2bm2gl_tf.data.formats.ids import require_distinct
from a2bm2gl_tf.data.formats.parts_of_pairs import join_parts
from a2bm2gl_tf.data.formats.raw import TRAIN, Interactions, RawData
from a2bm2gl_tf.data.formats.registry import Format, FormatOptions, register_format
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.data.reading.first_line import first_line
from a2bm2gl_tf.data.reading.item_lists import read_item_lists
from a2bm2gl_tf.data.reading.paths import require_directory
from a2bm2gl_tf.data.reading.records import read_names
from a2bm2gl_tf.errors import UserError

_LISTS, _PAIRS, _TITLES = "*_pairs.tsv", "*_pairs.csv", "*_titles.csv"
_CSV = Dialect(",", quoted=True)


def _read(path: Path, options: FormatOptions) -> RawData:
    """Reads `*_pairs.tsv` (or `*_pairs.csv` with user, video, timestamp) and `*_titles.csv`.

    In the first kind the order of a user's videos is all there is of time: times are positions
    within the user, from 0. Likes and views are left out: they were counted after the interactions
    that are to be predicted.
    """
    folder = require_directory(path, "input")
    lists, pairs, titles = (_only(folder, pattern) for pattern in (_LISTS, _PAIRS, _TITLES))
    if lists is not None:
        found = read_item_lists(lists)
        interactions = join_parts(
            [(TRAIN, found.owners(), found.items)],
            more_users=found.users,
            times=found.positions(),
        )
    elif pairs is not None:
        interactions = _read_pairs(pairs)
    else:
        raise UserError(f"--input={path}: holds neither {_LISTS} nor {_PAIRS}; give another folder")
    files = [lists or pairs]
    contents, names = (), {}
    if titles is not None:
        text, names = _read_titles(titles)
        contents, files = (text,), [*files, titles]
    counts = {"records": len(interactions)}
    return RawData(interactions, contents, names, tuple(files), counts)


def _read_pairs(path: Path) -> Interactions:
    names = read_names(path, _CSV)
    if len(names) != 3:
        raise UserError(
            f"{path}: row 1: {len(names)} columns where user, video and timestamp are due"
        )
    user, item, time = names
    columns = read_columns(path, _CSV, {user: "id", item: "id", time: "time"})
    return Interactions(
        columns[user].ids,
        columns[item].ids,
        columns[user].codes,
        columns[item].codes,
        times=columns[time],
    )


def _read_titles(path: Path) -> tuple[Texts, dict]:
    names = read_names(path, _CSV)
    if len(names) != 2:
        raise UserError(f"{path}: row 1: {len(names)} columns where item and title are due")
    item, title = names
    columns = read_columns(path, _CSV, {item: "id", title: "text"})
    items = require_distinct(path, item, columns)
    texts = tuple(columns[title].tolist())
    return Texts("title", items, path, texts), dict(zip(items.tolist(), texts, strict=True))


def _only(folder: Path, pattern: str) -> Path | None:
    found = sorted(folder.glob(pattern))
    if len(found) > 1:
        raise UserError(
            f"--input={folder}: {found[0].name} and {found[1].name} are both {pattern}; keep one"
        )
    return found[0] if found else None


def _detect(path: Path) -> str | None:
    for pattern, separator in ((_LISTS, "\t"), (_PAIRS, ",")):
        for file in sorted(path.glob(pattern)) if path.is_dir() else ():
            if separator in first_line(file):
                return f"{file.name} holds pairs of user and video"
    return None


register_format(
    Format(
        "microlens",
        f"MicroLens: {_LISTS} (a user and its videos in order) or {_PAIRS}, and {_TITLES}",
        _detect,
        _read,
    )
)
