"""Formats by name, and telling the format of a path from what it holds."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from a2bm2gl_tf.data.formats.raw import RawData
from a2bm2gl_tf.data.reading.plain_text import open_bytes
from a2bm2gl_tf.errors import UserError

PARQUET_ENDINGS = (".parquet", ".pq")
TAB_ENDINGS = (".tsv", ".tab")
TABLE_ENDINGS = (".csv", *TAB_ENDINGS, *PARQUET_ENDINGS)
_TABLE = "table"


@dataclasses.dataclass(frozen=True)
class FormatOptions:
    """What a user may tell a reader beyond the path; a reader refuses what it cannot honour.

    Attributes:
      user_column: name of the column of user ids (tables).
      item_column: likewise, of item ids.
      value_column: of ratings or strengths. For each of the four, None looks for a column with a
        usual name, and "" takes no values or times though there may be some.
      time_column: of times.
      item_offset: "auto", "none" or "num_users": whether item ids start at 0 or after the users
        (MMGCN's layout); or the id of the first item, in decimal digits.
      positive: what makes a record an interaction where the data has several signals, such as
        "click", "like", "finish"; None takes the format's default.
      fold: "u1" ... "u5", "ua" or "ub" for formats with given folds; None takes none.
    """

    user_column: str | None = None
    item_column: str | None = None
    value_column: str | None = None
    time_column: str | None = None
    item_offset: str = "auto"
    positive: str | None = None
    fold: str | None = None


# Given a file or folder: why it is of this format, in a few words, or None if it is not. Looks at
# names and at the first lines alone, and never raises for a path that exists.
Detector = Callable[[Path], str | None]
Reader = Callable[[Path, FormatOptions], RawData]


@dataclasses.dataclass(frozen=True)
class Format:
    """A format: its name for the user, a line of description, its detector and its reader.

    `honours` names the fields of `FormatOptions` that the reader makes use of.
    """

    name: str
    description: str
    detect: Detector
    read: Reader
    honours: frozenset[str] = frozenset()


_FORMATS: dict[str, Format] = {}


def register_format(entry: Format) -> None:
    """Makes a format known.

    Raises:
      ValueError: if the name is taken.
    """
    if entry.name in _FORMATS:
        raise ValueError(f"two formats are called {entry.name!r}")
    _FORMATS[entry.name] = entry


def format_names() -> tuple[str, ...]:
    """Names of the known formats, sorted."""
    return tuple(sorted(_FORMATS))


def format_descriptions() -> dict[str, str]:
    """Name -> one line on what the format is, sorted by name."""
    return {name: _FORMATS[name].description for name in format_names()}


def detect_format(path: Path, options: FormatOptions | None = None) -> tuple[str, str]:
    """Tells the format of a file or folder from its content.

    Where no content fits, the name of a column or the ending of a table makes it a table, whose
    reader then says what is wrong.

    Args:
      path: the file or folder.
      options: what the user told; a column is a sign of a table.

    Returns:
      (name of the format, why).

    Raises:
      UserError: if the path does not exist, or no format fits, or more than one does; if the file
        is empty, compressed or not UTF-8, that is said instead.
    """
    if not path.exists():
        raise UserError(f"--input={path}: no such file or folder; check the path")
    reasons = {name: _FORMATS[name].detect(path) for name in format_names()}
    fitting = {name: reason for name, reason in reasons.items() if reason is not None}
    if not fitting:
        sign = _sign_of_table(path, options or FormatOptions())
        if sign is not None:
            return _TABLE, sign
        if path.is_file():
            open_bytes(path).close()
        raise UserError(
            f"--input={path}: looks like none of the known formats; "
            f"give --format, one of {', '.join(format_names())}"
        )
    if len(fitting) > 1:
        raise UserError(
            f"--input={path}: could be {' or '.join(fitting)}; give --format with one of them"
        )
    return next(iter(fitting.items()))


def _sign_of_table(path: Path, options: FormatOptions) -> str | None:
    for flag in ("user_column", "item_column", "value_column", "time_column"):
        if getattr(options, flag) is not None:
            return f"--{flag} names a column"
    if path.suffix.lower() in TABLE_ENDINGS:
        return f"its name ends in {path.suffix}"
    return None


def read_format(name: str, path: Path, options: FormatOptions) -> RawData:
    """Reads data of a named format.

    Args:
      name: one of `format_names()`.
      path: file or folder.
      options: see `FormatOptions`.

    Returns:
      The data as recorded.

    Raises:
      UserError: for an unknown name, an option that the format does not honour, a missing path, or
        data that is not as it should be (file and row named).
    """
    if name not in _FORMATS:
        raise UserError(f"--format={name}: unknown; choose one of {', '.join(format_names())}")
    entry = _FORMATS[name]
    defaults = FormatOptions()
    for field in dataclasses.fields(FormatOptions):
        value = getattr(options, field.name)
        if value != getattr(defaults, field.name) and field.name not in entry.honours:
            raise UserError(
                f"--{field.name}={value}: has no meaning for --format={name}; leave the flag out"
            )
    if not path.exists():
        raise UserError(f"--input={path}: no such file or folder; check the path")
    return entry.read(path, options)
