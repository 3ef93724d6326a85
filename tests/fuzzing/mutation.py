"""Cases from valid files: one to three changes, each of a kind that fits the file it is made to."""

import random

from tests.fuzzing import (
    mutate_archives,
    mutate_arrays,
    mutate_bytes,
    mutate_json,
    mutate_parquet,
    mutate_pickles,
    mutate_text,
)
from tests.fuzzing.case import Files, Mutator, kind_of

_BY_KIND: dict[str, tuple[Mutator, ...]] = {
    "archive": mutate_archives.MUTATORS,
    "array": mutate_arrays.MUTATORS,
    "json": (*mutate_json.MUTATORS, *mutate_json.MUTATORS, *mutate_text.MUTATORS),
    "parquet": mutate_parquet.MUTATORS,
    "pickle": mutate_pickles.MUTATORS,
    "text": mutate_text.MUTATORS,
}
_LARGEST = 1 << 22


def mutators_of(content: bytes) -> tuple[Mutator, ...]:
    """The changes that fit a file, the structured ones more often than those to bytes."""
    fitting = _BY_KIND.get(kind_of(content), ())
    return (*fitting, *fitting, *mutate_bytes.MUTATORS) if content else (lambda same, _: b"x",)


def mutate(seeds: list[Files], rng: random.Random) -> Files:
    """Changes one of several valid sets of files.

    Args:
      seeds: each what the reader accepts.
      rng: decides everything, so that a case can be made again.
    """
    files = dict(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        name = rng.choice(sorted(files))
        match rng.randrange(40):
            case 0 if len(files) > 1:
                del files[name]
            case 1:
                files[name] = rng.choice(list(rng.choice(seeds).values()))
            case 2:
                files[name] = b""
            case _:
                content = files[name]
                changed = rng.choice(mutators_of(content))(content, rng)
                files[name] = changed if len(changed) <= _LARGEST else changed[:_LARGEST]
    return files
