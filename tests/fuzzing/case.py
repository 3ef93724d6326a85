"""A case of fuzzing: the files that a reader is given, and what kind each is of."""

import random
from collections.abc import Callable

# File name, with "/" for folders -> content.
Files = dict[str, bytes]
Mutator = Callable[[bytes, random.Random], bytes]

# Where sizes, counts and offsets overflow, and what programs take for special.
NUMBERS = (
    *(0, -1, 1, 2, 127, 128, 255, 256, 2**15, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**32),
    *(2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1, 10**9, 10**12, 10**18, 10**19, 10**30, 10**400),
)


def kind_of(content: bytes) -> str:
    """What a file looks like by its first bytes."""
    for magic, kind in (
        (b"PK\x03\x04", "archive"),
        (b"\x93NUMPY", "array"),
        (b"PAR1", "parquet"),
        (b"\x80", "pickle"),
        (b"\x89PNG", "picture"),
        (b"\xff\xd8", "picture"),
        (b"GIF8", "picture"),
        (b"{", "json"),
        (b"[", "json"),
    ):
        if content.startswith(magic):
            return kind
    return "bytes" if b"\0" in content else "text"
