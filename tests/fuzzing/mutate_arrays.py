"""Damage to .npy files: headers that claim another shape or type than the bytes behind them."""

import io
import random
import struct

import numpy as np

from tests.fuzzing import mutate_pickles
from tests.fuzzing.case import NUMBERS, Mutator

_TYPES = (
    *("'<f4'", "'<f8'", "'>f4'", "'<f2'", "'<i8'", "'<i4'", "'|u1'", "'|b1'", "'<U3'", "'|S0'"),
    *("'|O'", "'<c16'", "'<M8[s]'", "'|V0'", "'|V9'", "'<U0'", "'<f16'", "'<U99999999999'"),
    *("[('a', '<f4'), ('b', '|O')]", "[('', '<i8')]", "('<f4', (2, 2))", "('<f4', (10**9,))"),
    *("''", "None", "7", "'x'", "'<f4' * 10**6", "__import__('os')", "'<f4,' + '<f4'"),
)
_SHAPES = ("()", "(0,)", "(0, 0)", "(-1,)", "(2.0,)", "(True, 2)", "None", "(1,) * 70", "'ab'")


def _split(content: bytes) -> tuple[dict, bytes] | None:
    file = io.BytesIO(content)
    try:
        if np.lib.format.read_magic(file) != (1, 0):
            return None
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
    except Exception:
        return None
    fields = {
        "descr": repr(np.lib.format.dtype_to_descr(dtype)),
        "fortran_order": repr(by_columns),
        "shape": repr(shape),
    }
    return fields, content[file.tell() :]


def _join(fields: dict[str, str], data: bytes, version: tuple[int, int] = (1, 0)) -> bytes:
    text = "{" + "".join(f"{name!r}: {value}, " for name, value in fields.items()) + "}\n"
    header = text.encode("latin-1", "replace")
    size = struct.pack("<H", len(header) % 2**16) if version == (1, 0) else b""
    return b"\x93NUMPY" + bytes(version) + (size or struct.pack("<I", len(header))) + header + data


def _shape(rng: random.Random, given: str) -> str:
    sides = [rng.choice(NUMBERS) for _ in range(rng.choice((1, 2, 2, 3)))]
    return rng.choice((_tuple(sides), _tuple([*sides[:1], 0]), rng.choice(_SHAPES), given))


def _tuple(sides: list[int]) -> str:
    return "(" + "".join(f"{side}, " for side in sides) + ")"


def _header(content: bytes, rng: random.Random) -> bytes:
    """Writes a header whose fields differ from the true ones."""
    parts = _split(content)
    if parts is None:
        return content
    fields, data = parts
    match rng.randrange(6):
        case 0 | 1:
            fields["shape"] = _shape(rng, fields["shape"])
        case 2:
            fields["descr"] = rng.choice(_TYPES)
        case 3:
            fields["fortran_order"] = rng.choice(("True", "False", "2", "None", "'x'"))
        case 4:
            del fields[rng.choice(list(fields))]
        case 5:
            fields[rng.choice(("extra", "shape ", ""))] = rng.choice(("1", "[" * 200 + "]" * 200))
    version = rng.choice(((1, 0), (1, 0), (1, 0), (2, 0), (3, 0), (9, 9)))
    return _join(fields, data, version)


def _values(content: bytes, rng: random.Random) -> bytes:
    """Puts numbers into the data that are special to floats and sizes."""
    parts = _split(content)
    if parts is None or not parts[1]:
        return content
    fields, data = parts
    odd = rng.choice(
        (
            *(struct.pack("<f", value) for value in (float("nan"), float("inf"), 3e38, -0.0)),
            *(struct.pack("<d", value) for value in (float("nan"), float("-inf"), 1e308)),
            *(struct.pack("<q", value) for value in (-1, 2**62, 10**12, -(2**63), 2**31)),
            struct.pack("<e", float("nan")),
        )
    )
    start = rng.randrange(0, len(data), len(odd)) if len(data) > len(odd) else 0
    return _join(fields, data[:start] + odd + data[start + len(odd) :])


def _pickled(content: bytes, rng: random.Random) -> bytes:
    """Changes the pickle behind the header of an array of objects."""
    parts = _split(content)
    if parts is None or "O" not in parts[0]["descr"]:
        return content
    return _join(parts[0], rng.choice(mutate_pickles.MUTATORS)(parts[1], rng))


MUTATORS: tuple[Mutator, ...] = (_header, _header, _values, _pickled, _pickled)
