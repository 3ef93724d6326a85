"""The typed header of a RecBole atomic file."""

import dataclasses
from pathlib import Path

from a2bm2gl_tf.data.reading.columns import Columns
from a2bm2gl_tf.data.reading.delimited import read_columns
from a2bm2gl_tf.data.reading.dialect import Dialect
from a2bm2gl_tf.data.reading.records import read_names
from a2bm2gl_tf.errors import UserError

_DIALECT = Dialect("\t")
_TYPES = ("token", "token_seq", "float", "float_seq")


@dataclasses.dataclass(frozen=True)
class AtomicFile:
    """A file and what its header says.

    Attributes:
      path: the file.
      types: name of the column -> "token", "token_seq", "float" or "float_seq", in file order.
    """

    path: Path
    types: dict[str, str]

    def read(self, kinds: dict[str, str]) -> Columns:
        """Reads columns by their names without the type; see `delimited.read_columns`."""
        typed = {f"{name}:{self.types[name]}": kind for name, kind in kinds.items()}
        columns = read_columns(self.path, _DIALECT, typed)
        by_name = {name.rpartition(":")[0]: values for name, values in columns.by_name.items()}
        return dataclasses.replace(columns, by_name=by_name)


def read_atomic_file(path: Path) -> AtomicFile:
    """Reads the header.

    Raises:
      UserError: if a column has no known type, or two have the same name.
    """
    types: dict[str, str] = {}
    for cell in read_names(path, _DIALECT):
        name, _, kind = cell.rpartition(":")
        if not name or kind not in _TYPES:
            raise UserError(
                f"{path}: row 1: column {cell!r} is not NAME:TYPE with a type of "
                f"{', '.join(_TYPES)}; mend the header"
            )
        if name in types:
            raise UserError(f"{path}: row 1: the header names column {name!r} twice; rename one")
        types[name] = kind
    return AtomicFile(path, types)
