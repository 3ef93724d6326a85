"""Damage that any file can suffer, whatever it holds."""

import random
import struct

from tests.fuzzing.case import NUMBERS, Mutator


def _flip(content: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        damaged[rng.randrange(len(damaged))] ^= 1 << rng.randrange(8)
    return bytes(damaged)


def _set(content: bytes, rng: random.Random) -> bytes:
    damaged = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        damaged[rng.randrange(len(damaged))] = rng.choice((0, 0xFF, 0x7F, rng.randrange(256)))
    return bytes(damaged)


def _truncate(content: bytes, rng: random.Random) -> bytes:
    return content[: rng.randrange(len(content))]


def _behead(content: bytes, rng: random.Random) -> bytes:
    return content[rng.randrange(len(content)) :]


def _remove(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content))
    return content[:start] + content[start + rng.randint(1, 16) :]


def _insert(content: bytes, rng: random.Random) -> bytes:
    start = rng.randint(0, len(content))
    added = rng.choice((rng.randbytes(rng.randint(1, 16)), b"\0" * rng.randint(1, 9), b"\xff" * 8))
    return content[:start] + added + content[start:]


def _repeat(content: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(content))
    piece = content[start : start + rng.randint(1, 64)]
    return content[:start] + piece * rng.choice((2, 3, 50)) + content[start:]


def _move(content: bytes, rng: random.Random) -> bytes:
    first, second = sorted(rng.randint(0, len(content)) for _ in range(2))
    target = rng.randint(0, len(content))
    rest = content[:first] + content[second:]
    return rest[:target] + content[first:second] + rest[target:]


def _number(content: bytes, rng: random.Random) -> bytes:
    """Overwrites 1, 2, 4 or 8 bytes by a number that sizes and offsets break at."""
    code, width = rng.choice((("B", 1), ("H", 2), ("I", 4), ("Q", 8)))
    value = rng.choice(NUMBERS) % (1 << (8 * width))
    start = rng.randrange(len(content))
    order = rng.choice("<>")
    return content[:start] + struct.pack(order + code, value) + content[start + width :]


def _double(content: bytes, rng: random.Random) -> bytes:
    return content + content


MUTATORS: tuple[Mutator, ...] = (
    *(_flip, _set, _truncate, _behead, _remove, _insert, _repeat, _move, _number, _double),
)
