"""The user's own interactions: CSV, TSV or Parquet with named columns."""

from pathlib import Path

from a2bm2gl_tf.data.formats.id_checks import check_column
from a2bm2gl_tf.data.formats.raw import Interactions, RawData
from a2bm2gl_tf.data.formats.registry import (
    PARQUET_ENDINGS,
    TAB_ENDINGS,
    Format,
    FormatOptions,
    register_format,
)
from a2bm2gl_tf.data.formats.table_columns import choose_columns, usual_columns
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.data.reading.first_line import first_line
from a2bm2gl_tf.data.reading.parquet import read_parquet_columns, read_parquet_names
from a2bm2gl_tf.data.reading.paths import require_file
from a2bm2gl_tf.data.reading.records import read_names
from a2bm2gl_tf.errors import UserError

_KINDS = {"user": "id", "item": "id", "value": "number", "time": "time"}
# In this order where several occur equally often in the header.
_SEPARATORS = (",", "\t", ";", "|")


def _read(path: Path, options: FormatOptions) -> RawData:
    """Reads users, items and, where there are such columns, values and times; see `TimeKind`.

    A file is Parquet by its ending; text with the ending .tsv or .tab has tabs, any other the
    separator that is most frequent in its header. Values may stand in double quotes.
    What `id_checks` finds doubtful of the ids is refused.
    """
    require_file(path)
    if path.suffix.lower() in PARQUET_ENDINGS:
        chosen = choose_columns(path, read_parquet_names(path), options)
        columns = read_parquet_columns(path, _kinds(chosen))
    else:
        dialect = usual_dialect(path)
        chosen = choose_columns(path, read_names(path, dialect), options)
        columns = read_columns(path, dialect, _kinds(chosen))
    users, items = columns[chosen["user"]], columns[chosen["item"]]
    notes = [
        check_column(path, chosen[role], role, columns[chosen[role]], columns.row)
        for role in ("user", "item")
    ]
    interactions = Interactions(
        user_ids=users.ids,
        item_ids=items.ids,
        users=users.codes,
        items=items.codes,
        values=columns.by_name.get(chosen.get("value")),
        times=columns.by_name.get(chosen.get("time")),
    )
    return RawData(
        interactions,
        files=(path,),
        counts={"records": columns.records},
        notes=tuple(note for note in notes if note is not None),
    )


def _kinds(chosen: dict[str, str]) -> dict[str, str]:
    return {name: _KINDS[role] for role, name in chosen.items()}


def usual_dialect(path: Path) -> Dialect:
    """How a table is written, told from its ending and its header."""
    if path.suffix.lower() in TAB_ENDINGS:
        return Dialect("\t", quoted=True)
    header = first_line(path)
    return Dialect(max(_SEPARATORS, key=header.count), quoted=True)


def _detect(path: Path) -> str | None:
    try:
        if path.suffix.lower() in PARQUET_ENDINGS:
            names = read_parquet_names(path)
        elif path.is_file() and path.suffix != ".inter":
            names = tuple(
                name.strip().strip('"')
                for name in first_line(path).split(usual_dialect(path).separator)
            )
        else:
            return None
    except UserError:
        return None
    if usual_columns(names, "user") and usual_columns(names, "item"):
        return f"its columns are {', '.join(names[:6])}"
    return None


register_format(
    Format(
        "table",
        "your own interactions: CSV, TSV or Parquet with a header; --user_column, --item_column, "
        "--value_column, --time_column where the names are not the usual ones",
        _detect,
        _read,
        frozenset({"user_column", "item_column", "value_column", "time_column"}),
    )
)
