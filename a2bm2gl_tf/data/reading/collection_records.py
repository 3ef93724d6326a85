"""Sets and dictionaries that pickles make by calling their classes, as inert records."""

from typing import Any

from a2bm2gl_tf.data.reading.restricted_pickles import Names, Record


class SetRecord(Record):
    """A set (before protocol 4)."""

    __slots__ = ()

    def entries(self) -> list:
        """What the set was made of.

        Raises:
          ValueError: if that is no list.
        """
        if not self.arguments:
            return []
        if len(self.arguments) != 1 or not isinstance(self.arguments[0], list | tuple):
            raise ValueError("a set's entries are missing")
        return list(self.arguments[0])


class MappingRecord(Record):
    """An ordered or a default dictionary; its factory is kept as an argument and never called.

    Attributes:
      entries: the keys and values that were set after it was made.
    """

    __slots__ = ("entries",)

    def __new__(cls, *arguments: Any) -> "MappingRecord":  # noqa: D102
        record = super().__new__(cls, *arguments)
        record.entries = {}
        return record

    def __setitem__(self, key: Any, value: Any) -> None:
        self.entries[key] = value


class FactoryRecord(Record):
    """What a default dictionary makes missing values of."""

    __slots__ = ()


# Protocol 2 names the built-in module as Python 2 did.
_BUILTINS = ("builtins", "__builtin__")
COLLECTION_NAMES: Names = {
    ("collections", "OrderedDict"): MappingRecord,
    ("collections", "defaultdict"): MappingRecord,
    **{(module, "list"): FactoryRecord for module in _BUILTINS},
    **{(module, name): SetRecord for module in _BUILTINS for name in ("set", "frozenset")},
}
