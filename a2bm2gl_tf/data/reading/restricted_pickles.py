"""Pickles, read without running any code that the file names.

A pickle is a program: it names functions and the arguments to call them with. Here every name that
a reader admits is answered with an inert record that only keeps its arguments, every other name is
refused, and readers build their results afresh from the checked contents of the records.
"""

import mmap
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, ClassVar

from a2bm2gl_tf.data.reading.paths import require_file
from a2bm2gl_tf.errors import UserError


class Record:
    """Keeps what the pickle passes to a constructor and to `__setstate__`; does nothing.

    Attributes:
      arguments: the constructor's arguments.
      state: what `__setstate__` was given, or None.
    """

    __slots__ = ("arguments", "state")

    def __new__(cls, *arguments: Any) -> "Record":  # noqa: D102
        record = super().__new__(cls)
        record.arguments = arguments
        record.state = None
        return record

    def __setstate__(self, state: Any) -> None:
        self.state = state


Names = Mapping[tuple[str, str], type[Record]]


class _RefusedError(Exception):
    """The pickle names something that is not admitted."""


# Whatever else may be a key hashes its parts recursively, which a deep nesting turns into a crash.
_KEYS = (int, str, bytes, float, type(None), Record)


def _check_keys(keys: list) -> None:
    if not all(isinstance(key, _KEYS) for key in keys):
        raise pickle.UnpicklingError("a key is neither a number nor a string")


class _RecordUnpickler(pickle._Unpickler):
    """Answers admitted names with records and refuses all others.

    It stands on the standard library's unpickler in Python: the one in C takes memory for any memo
    index that a file names, and hashes tuples however deep they are.
    """

    dispatch: ClassVar[dict[int, Callable]] = dict(pickle._Unpickler.dispatch)
    # These reach for objects by other ways than `find_class`, or are of no use here.
    for _opcode in (pickle.EXT1, pickle.EXT2, pickle.EXT4, pickle.INST, pickle.OBJ):
        del dispatch[_opcode[0]]

    def __init__(self, file: Any, names: Names, persistent: Callable[[Any], Any] | None) -> None:
        super().__init__(file)
        self._names = names
        self._persistent = persistent

    def find_class(self, module: str, name: str) -> type[Record]:
        if (module, name) not in self._names:
            raise _RefusedError(f"{module}.{name}")
        return self._names[module, name]

    def persistent_load(self, pid: Any) -> Any:
        if self._persistent is None:
            raise pickle.UnpicklingError("it refers to objects outside itself")
        return self._persistent(pid)

    def load_setitem(self) -> None:
        _check_keys(self.stack[-2:-1])
        super().load_setitem()

    def load_setitems(self) -> None:
        _check_keys(self.stack[::2])
        super().load_setitems()

    def load_dict(self) -> None:
        _check_keys(self.stack[::2])
        super().load_dict()

    def load_additems(self) -> None:
        _check_keys(self.stack)
        super().load_additems()

    def load_frozenset(self) -> None:
        _check_keys(self.stack)
        super().load_frozenset()

    def load_bytearray8(self) -> None:
        # The original takes the memory before it knows whether the file is that long.
        self.append(bytearray(self.read(int.from_bytes(self.read(8), "little"))))

    dispatch |= {
        pickle.SETITEM[0]: load_setitem,
        pickle.SETITEMS[0]: load_setitems,
        pickle.DICT[0]: load_dict,
        pickle.ADDITEMS[0]: load_additems,
        pickle.FROZENSET[0]: load_frozenset,
        pickle.BYTEARRAY8[0]: load_bytearray8,
    }


def read_pickle(
    file: IO[bytes] | mmap.mmap,
    path: Path,
    names: Names,
    admits: str,
    persistent: Callable[[Any], Any] | None = None,
) -> Any:
    """Reads one pickle from where `file` stands, up to its end.

    Args:
      file: a `mmap` or a file in memory: neither hands out more than it holds, whatever size the
        pickle claims.
      path: the file it comes from, for messages.
      names: (module, name) -> the record that answers it.
      admits: what the names are for, for the message on others: "neither ... nor ...".
      persistent: answers references to objects outside the pickle; None refuses them.

    Returns:
      Built-in values and records.

    Raises:
      UserError: if it names anything else (nothing is run), is truncated or damaged.
    """
    try:
        return _RecordUnpickler(file, names, persistent).load()
    except _RefusedError as error:
        raise UserError(
            f"{path}: names {str(error)[:200]!r}, which is {admits}, so nothing was loaded; "
            "do not trust this file"
        ) from error
    except Exception as error:
        # A damaged pickle can fail in any way that its opcodes can.
        raise UserError(f"{path}: truncated or not a pickle; download it again") from error


@contextmanager
def map_file(path: Path) -> Iterator[mmap.mmap]:
    """Opens a file as a read-only memory map.

    Raises:
      UserError: if it is missing, a folder, empty or not readable.
    """
    require_file(path)
    try:
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}; make it readable") from error
    try:
        yield content
    finally:
        content.close()
