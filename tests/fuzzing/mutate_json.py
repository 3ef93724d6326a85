"""Damage to JSON values: the text stays JSON, the structure does not stay what it was."""

import json
import random
from typing import Any

from tests.fuzzing.case import NUMBERS, Mutator

_ODD = (
    *(None, True, False, "", " ", "x", "..", "../../x", "/etc/passwd", "a\0b", "\ud800", "NaN"),
    *("\x1b[2J", "x\ny", "x" * 3000, [], {}, [[]], [None], {"": 0}, 0.5, 1e308, -0.0, [1, 2, 3]),
    *(float("nan"), float("inf"), {"a": {"b": []}}, "1", "C:\\x", "CON", "a/b", "a\\b"),
)
_DEEP = 100_000


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key or position) within a value."""
    found = []
    pending = [value]
    while pending:
        container = pending.pop()
        if isinstance(container, dict | list):
            keys = list(container) if isinstance(container, dict) else range(len(container))
            found += [(container, key) for key in keys]
            pending += [container[key] for key in keys]
    return found


def _odd(rng: random.Random) -> Any:
    return rng.choice(NUMBERS) if rng.random() < 0.4 else rng.choice(_ODD)


def _change(value: Any, rng: random.Random) -> Any:
    places = _places(value)
    if not places or rng.random() < 0.02:
        return _odd(rng)
    container, key = rng.choice(places)
    match rng.randrange(7):
        case 0 | 1 | 2:
            container[key] = _odd(rng)
        case 3:
            del container[key]
        case 4:
            other, name = rng.choice(places)
            if name in other if isinstance(other, dict) else name < len(other):
                container[key] = json.loads(json.dumps(other[name]))
        case 5:
            if isinstance(container, dict):
                container[rng.choice(("", "../x", "\0", "unknown", "x" * 999))] = container.pop(key)
            else:
                container.append(container[key])
        case 6:
            if isinstance(container[key], int | float) and not isinstance(container[key], bool):
                container[key] = rng.choice((-container[key], str(container[key])))
            else:
                container[key] = [container[key]]
    return value


def _dump(value: Any) -> bytes:
    # Lone surrogates are written as escapes, which JSON allows.
    return json.dumps(value).encode()


def _tree(content: bytes, rng: random.Random) -> bytes:
    """Changes one value of a document, or of one line of JSON lines."""
    try:
        return _dump(_change(json.loads(content), rng))
    except (ValueError, RecursionError):
        lines = content.splitlines()
    place = rng.randrange(len(lines))
    try:
        lines[place] = _dump(_change(json.loads(lines[place]), rng))
    except (ValueError, RecursionError):
        return content
    return b"\n".join(lines) + b"\n"


def _nest(content: bytes, rng: random.Random) -> bytes:
    """Puts something deep where a value was."""
    depth = rng.choice((100, 100, 2000, _DEEP))
    deep = rng.choice((b"[" * depth + b"]" * depth, b'{"a":' * depth + b"0" + b"}" * depth))
    place = content.find(b":", rng.randrange(len(content)))
    return content[: place + 1] + deep + content[place + 1 :] if place >= 0 else deep


def _raw(content: bytes, rng: random.Random) -> bytes:
    """Puts tokens between the others that JSON knows, or nearly."""
    start = rng.randint(0, len(content))
    token = rng.choice(
        (b"NaN", b"-Infinity", b"1e999", b'"\\ud800"', b",", b"}", b"]", b"\0", b"9" * 5000, b"//")
    )
    return content[:start] + token + content[start:]


MUTATORS: tuple[Mutator, ...] = (*(_tree,) * 6, _nest, _raw)
