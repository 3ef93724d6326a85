"""JSON that was stored earlier, read without trusting that nobody has touched it since."""

import dataclasses
import json
import math
import types
import typing
from pathlib import Path
from typing import Any, TypeVar

from a2bm2gl_tf.errors import UserError, reason_of

_LARGEST = 1 << 26
Made = TypeVar("Made")


def read_json(path: Path, remedy: str, largest: int = _LARGEST) -> Any:
    """Reads a JSON document.

    Args:
      path: the file.
      remedy: what to do where it cannot be read, for the message.
      largest: bytes that such a file can have.

    Raises:
      UserError: if it is missing, unreadable, too large or not JSON.
    """
    try:
        size = path.stat().st_size
        if size > largest:
            raise UserError(f"{path}: has {size} bytes, too many for such a file; {remedy}")
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        reason = reason_of(error)
        raise UserError(f"{path}: not valid JSON ({reason}); {remedy}") from error
    except OSError as error:
        raise UserError(f"{path}: {error.strerror or error}; {remedy}") from error


def is_number(value: Any) -> bool:
    """Whether a value of JSON is a number that a float can hold; NaN is, a truth value is not."""
    if isinstance(value, int):
        return not isinstance(value, bool) and -(2**63) <= value < 2**63
    return isinstance(value, float)


def is_finite(value: Any) -> bool:
    """Whether a value of JSON is a number, and finite."""
    return is_number(value) and math.isfinite(value)


def from_fields(made: type[Made], values: Any) -> Made:
    """Makes a dataclass of an object of JSON whose values have the types of its fields.

    Args:
      made: a dataclass; its fields are bool, int, float, str, dictionaries and tuples of one type,
        such classes, and any of them or None.
      values: field name -> value; fields with a default may be missing.

    Raises:
      TypeError: naming the field that is unknown, missing or of another type.
    """
    if not isinstance(values, dict):
        raise TypeError(f"{made.__name__} is no object")
    annotations = typing.get_type_hints(made)
    names = {field.name for field in dataclasses.fields(made)}
    unknown = sorted(values.keys() - names)
    if unknown:
        raise TypeError(f"{unknown[0]!r} is no setting")
    return made(**{name: _typed(name, values[name], annotations[name]) for name in values})


def _typed(name: str, value: Any, due: Any) -> Any:
    origin, parts = typing.get_origin(due), typing.get_args(due)
    if origin in (types.UnionType, typing.Union):
        if value is None and type(None) in parts:
            return None
        (due,) = (part for part in parts if part is not type(None))
        return _typed(name, value, due)
    if dataclasses.is_dataclass(due):
        return value if isinstance(value, due) else from_fields(due, value)
    if origin is tuple and isinstance(value, list | tuple):
        return tuple(_typed(name, entry, parts[0]) for entry in value)
    if origin is dict and isinstance(value, dict):
        return {key: _typed(f"{name}.{key}", entry, parts[1]) for key, entry in value.items()}
    if due is Path and isinstance(value, str | Path) and "\0" not in str(value):
        return Path(value)
    # JSON writes 1.0 as it likes, and a truth value is a number to Python alone.
    fits = (int, float) if due is float else origin or due
    if due is Any or (isinstance(value, fits) and (due is bool or not isinstance(value, bool))):
        if isinstance(value, int | float) and not isinstance(value, bool) and not is_finite(value):
            raise TypeError(f"{name} is not finite or beyond 64 bits")
        return value
    raise TypeError(f"{name} is {str(value)[:40]!r}, not of type {getattr(due, '__name__', due)}")
