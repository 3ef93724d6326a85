"""Settings that one model alone has, from values or texts."""

import dataclasses
from typing import Any

from a2bm2gl_tf.errors import UserError


def own_defaults(settings_class: type | None) -> dict[str, Any]:
    """Name -> default of every setting that a model alone has.

    Args:
      settings_class: a frozen dataclass whose fields all have defaults, or None.
    """
    return dataclasses.asdict(settings_class()) if settings_class else {}


def parse_own_settings(settings_class: type | None, texts: list[str]) -> dict[str, Any]:
    """Reads "name=value" texts into values of the types that the class's defaults have.

    Args:
      settings_class: a frozen dataclass whose fields all have defaults, or None.
      texts: for instance "walks=20" or "hidden=64/32"; a tuple's entries are parted by "/".

    Raises:
      UserError: for an unknown name or a value of another type.
    """
    defaults = own_defaults(settings_class)
    values = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in defaults:
            known = ", ".join(defaults) or "none"
            raise UserError(
                f"--model_settings={text}: give NAME=VALUE; this model's own settings are {known}"
            )
        try:
            values[name] = _parse(value, defaults[name])
        except ValueError:
            raise UserError(
                f"--model_settings={text}: {value!r} is not like its default, {defaults[name]!r}"
            ) from None
    return values


def make_own_settings(settings_class: type, values: dict[str, Any]) -> Any:
    """The dataclass with some of its defaults replaced.

    Raises:
      UserError: for a name that the class does not have.
    """
    names = {field.name for field in dataclasses.fields(settings_class)}
    unknown = sorted(set(values) - names)
    if unknown:
        raise UserError(
            f"--model_settings={unknown[0]}=...: this model's own settings are "
            f"{', '.join(sorted(names))}"
        )
    # JSON knows no tuples.
    return settings_class(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


def _parse(text: str, like: Any) -> Any:
    if isinstance(like, bool):
        if text.lower() not in ("true", "false"):
            raise ValueError(text)
        return text.lower() == "true"
    if isinstance(like, tuple):
        return tuple(_parse(part, like[0]) for part in text.split("/") if part)
    return type(like)(text)
