"""MMRec's layout: a table of interactions with their parts, and features row by row."""

from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.content import Vectors
from a2bm2gl_tf.data.formats.ids import number_ids
from a2bm2gl_tf.data.formats.raw import TEST, Interactions, RawData
from a2bm2gl_tf.data.formats.registry import Format, FormatOptions, register_format
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.data.reading.first_line import first_line
from a2bm2gl_tf.data.reading.real_rows import load_real_rows
from a2bm2gl_tf.data.reading.records import read_names
from a2bm2gl_tf.errors import UserError

_DIALECT = Dialect("\t")
_NEEDED = {"userID": "id", "itemID": "count", "x_label": "count"}
_OPTIONAL = {"rating": "number", "timestamp": "time"}
_FEATURES = "_feat.npy"


def _read(path: Path, options: FormatOptions) -> RawData:
    """Reads the one `.inter` file and every `NAME_feat.npy` beside it.

    Item ids are row numbers of the features, from 0; x_label 0, 1, 2 is training, validation, test.
    Columns may stand in any order, rating and timestamp may be missing.
    """
    file = _interactions_file(path)
    if file is None:
        raise UserError(
            f"--input={path}: holds no .inter file, or several; keep one or give the file itself"
        )
    names = read_names(file, _DIALECT)
    kinds = _NEEDED | {name: kind for name, kind in _OPTIONAL.items() if name in names}
    columns = read_columns(file, _DIALECT, kinds)
    strange = columns["x_label"] > TEST
    if strange.any():
        record = int(strange.argmax())
        raise UserError(
            f"{file}: row {columns.row(record)}: column x_label: {columns['x_label'][record]} "
            "is none of 0 (training), 1 (validation), 2 (test); mend the row"
        )
    contents = tuple(
        _read_vectors(features) for features in sorted(file.parent.glob("*" + _FEATURES))
    )
    for content in contents:
        beyond = columns["itemID"] >= len(content.rows)
        if beyond.any():
            record = int(beyond.argmax())
            raise UserError(
                f"{file}: row {columns.row(record)}: item {columns['itemID'][record]} has no row "
                f"among the {len(content.rows)} of {content.source.name}; "
                "use files of the same release"
            )
    users, items = columns["userID"], number_ids(columns["itemID"])
    interactions = Interactions(
        user_ids=users.ids,
        item_ids=items.ids,
        users=users.codes,
        items=items.codes,
        values=columns.by_name.get("rating"),
        times=columns.by_name.get("timestamp"),
        parts=columns["x_label"].astype(np.uint8),
    )
    files = (file, *(content.source for content in contents))
    return RawData(interactions, contents, files=files, counts={"records": columns.records})


def _read_vectors(path: Path) -> Vectors:
    rows = load_real_rows(path)
    return Vectors(path.name.removesuffix(_FEATURES), np.arange(len(rows)), path, rows)


def _interactions_file(path: Path) -> Path | None:
    if path.is_file():
        return path
    files = sorted(path.glob("*.inter"))
    return files[0] if len(files) == 1 else None


def _detect(path: Path) -> str | None:
    file = _interactions_file(path)
    if file is not None and set(_NEEDED) <= set(first_line(file).split("\t")):
        return f"{file.name} has the columns {', '.join(_NEEDED)}"
    return None


register_format(
    Format(
        "mmrec",
        "MMRec: NAME.inter with userID, itemID, x_label; image_feat.npy, text_feat.npy beside it",
        _detect,
        _read,
    )
)
