"""Which values a search may give to which settings."""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.methods.settings import flag_names

OWN = "own."
# What is of the run, the machine or the data rather than of the method, or would make trials differ
# in what they are compared by.
_NOT_SEARCHED = {
    "seed",
    "monitor",
    "evaluate_every",
    "strategy",
    "propagation",
    "precision",
    "jit_compile",
    "cache_dir",
    "checkpoint_seconds",
    "schedule_epochs",
}

# From the name of a setting and a text to a value; raises ValueError or UserError for a bad one.
ParseValue = Callable[[str, str], Any]


@dataclasses.dataclass(frozen=True)
class Choices:
    """A setting that has one of some values.

    Attributes:
      name: flag name, or "own.NAME".
      values: distinct, at least one.
    """

    name: str
    values: tuple[Any, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; equal for equal choices."""
        return {"values": [value_text(value) for value in self.values]}


@dataclasses.dataclass(frozen=True)
class Range:
    """A number between two others, which it may be equal to.

    Attributes:
      name: flag name, or "own.NAME".
      low: the least value; integers make a range of integers.
      high: the greatest value, above `low`.
      log: whether the logarithm is drawn evenly, rather than the value.
    """

    name: str
    low: int | float
    high: int | float
    log: bool = False

    @property
    def is_integer(self) -> bool:
        """Whether its values are integers."""
        return isinstance(self.low, int)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; equal for equal ranges."""
        return {"low": self.low, "high": self.high, "log": self.log}


Parameter = Choices | Range
Space = tuple[Parameter, ...]


def value_text(value: Any) -> str:
    """A value as it is written after a flag's "="."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "/".join(map(value_text, value))
    return str(value)


def short_text(value: Any) -> str:
    """A value for people to read, floats to four digits."""
    return f"{value:.4g}" if isinstance(value, float) else value_text(value)


def parse_space(texts: Sequence[str], own: Sequence[str], parse_value: ParseValue) -> Space:
    """Reads a space from what --space was given.

    Args:
      texts: "NAME=V1,V2,V3", "NAME=LOW:HIGH" or "NAME=LOW:HIGH:log" each.
      own: names of the settings that the model alone has.
      parse_value: reads a value of a setting.

    Returns:
      The parameters, in their order.

    Raises:
      UserError: for what is none of these, in one line.
    """
    space: list[Parameter] = []
    for text in texts:
        name, equals, values = (part.strip() for part in text.partition("="))
        known = flag_names() - _NOT_SEARCHED | {OWN + name for name in own}
        if not equals or name not in known:
            raise UserError(
                f"--space={text}: give NAME=V1,V2 or NAME=LOW:HIGH[:log], NAME being one of "
                f"{', '.join(sorted(known))}"
            )
        if name in {parameter.name for parameter in space}:
            raise UserError(f"--space={text}: {name} is given twice; leave one out")
        make = _range if ":" in values else _choices
        space.append(make(text, name, values, parse_value))
    return tuple(space)


def space_of_grid(grid: Mapping[str, Sequence[Any]]) -> Space:
    """A registered method's `search` as a space."""
    return tuple(Choices(name, tuple(values)) for name, values in grid.items())


def size_of(space: Space) -> float:
    """How many points a space has: infinity if it has a range of floats."""
    return math.prod(_values_in(parameter) for parameter in space)


def grid_point(space: Space, number: int, seed: int) -> dict[str, Any]:
    """A point of a space of choices.

    Args:
      space: of choices alone.
      number: 0 up to the size of the space; each gives another point.
      seed: of the order in which the points come.

    Returns:
      Name -> value.
    """
    sizes = [len(parameter.values) for parameter in space]
    row = np.random.default_rng(seed).permutation(math.prod(sizes))[number]
    places = np.unravel_index(row, sizes)
    return {
        parameter.name: parameter.values[place]
        for parameter, place in zip(space, places, strict=True)
    }


def around(space: Space, own_values: Mapping[str, Any]) -> Space:
    """A space of choices with what a recipe has as the first of each setting's values.

    Args:
      space: of choices alone.
      own_values: the recipe's, by the settings' names.

    Raises:
      UserError: where a setting has no value that the recipe has not.
    """
    found = []
    for parameter in space:
        own = own_values[parameter.name]
        others = tuple(value for value in parameter.values if value != own)
        if not others:
            raise UserError(
                f"--space={parameter.name}={value_text(own)}: that is what the recipe has; give "
                "another value or leave it out"
            )
        found.append(Choices(parameter.name, (own, *others)))
    return tuple(found)


def number_of_changes(space: Space) -> int:
    """How many points `change` has."""
    return 1 + sum(len(parameter.values) - 1 for parameter in space)


def change(space: Space, number: int) -> dict[str, Any]:
    """The first values of all settings but of one at most.

    Args:
      space: of choices alone, see `around`.
      number: 0 for all first values; from 1 up, the others in the order of the space.

    Returns:
      Name -> value.
    """
    others = [(p.name, value) for p in space for value in p.values[1:]]
    changed = [others[number - 1]] if number else []
    return {**{parameter.name: parameter.values[0] for parameter in space}, **dict(changed)}


def changed_of(space: Space, picked: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a trial that have not the first of their values."""
    return {p.name: picked[p.name] for p in space if picked[p.name] != p.values[0]}


def changes_nothing(space: Space, picked: Mapping[str, Any]) -> bool:
    """Whether a trial has the first of all values: the recipe itself, drawn first or again."""
    return bool(picked) and not changed_of(space, picked)


def _values_in(parameter: Parameter) -> float:
    if isinstance(parameter, Choices):
        return len(parameter.values)
    return parameter.high - parameter.low + 1 if parameter.is_integer else math.inf


def _choices(text: str, name: str, values: str, parse_value: ParseValue) -> Choices:
    found = tuple(_value(text, name, part, parse_value) for part in values.split(","))
    if len(set(found)) < len(found):
        raise UserError(f"--space={text}: a value is there twice; leave one out")
    return Choices(name, found)


def _range(text: str, name: str, values: str, parse_value: ParseValue) -> Range:
    low, high, *rest = values.split(":")
    if rest not in ([], ["log"]):
        raise UserError(f"--space={text}: a range is NAME=LOW:HIGH or NAME=LOW:HIGH:log")
    ends = [_value(text, name, part, parse_value) for part in (low, high)]
    if any(isinstance(end, bool) or not isinstance(end, int | float) for end in ends):
        raise UserError(f"--space={text}: {name} is no number; list its values, NAME=V1,V2")
    if not ends[0] < ends[1]:
        raise UserError(f"--space={text}: the first number must be below the second")
    if rest and ends[0] <= 0:
        raise UserError(f"--space={text}: a logarithmic range must begin above 0")
    return Range(name, *ends, log=bool(rest))


def _value(text: str, name: str, part: str, parse_value: ParseValue) -> Any:
    try:
        value = parse_value(name, part.strip()) if part.strip() else None
    except (ValueError, UserError) as error:
        raise UserError(f"--space={text}: {part!r} is no value of {name}: {error}") from error
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        raise UserError(f"--space={text}: {part!r} is no value of {name}")
    return value
