"""Damage to zip archives: members changed, renamed, repeated, bombs, and claims that do not fit."""

import io
import random
import struct
import warnings
import zipfile

from tests.fuzzing.case import NUMBERS, Mutator, kind_of

_NAMES = (
    *(
        "../../x.npy",
        "/tmp/x.npy",
        "..\\x.npy",
        "x\0.npy",
        ".npy",
        "features",
        "ids.npy",
        "arr_0.npy",
    ),
    *("archive/data/0", "archive/data.pkl", "archive/byteorder", "x" * 3000 + ".npy", "CON.npy"),
)
_CENTRAL, _LOCAL, _END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"


def _members(content: bytes) -> list[tuple[str, bytes]] | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return [(member.filename, archive.read(member)) for member in archive.infolist()]
    except Exception:
        return None


def _write(members: list[tuple[str, bytes]], compression: int) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that are there twice
        with zipfile.ZipFile(file, "w", compression) as archive:
            for name, content in members:
                archive.writestr(name, content)
    return file.getvalue()


def _repack(content: bytes, rng: random.Random) -> bytes:
    members = _members(content)
    if not members:
        return content
    place = rng.randrange(len(members))
    name, held = members[place]
    match rng.randrange(7):
        case 0:
            del members[place]
        case 1:
            members.append(members[place])
        case 2:
            members[place] = (rng.choice(_NAMES), held)
        case 3:
            members[place] = (name, rng.choice(members)[1])
        case 4:
            members.append((rng.choice(_NAMES), content[:2000]))  # an archive in an archive
        case 5:
            members[place] = (name, held + b"\0" * rng.choice((1, 10**5, 3 * 10**6)))  # a bomb
        case 6:
            rng.shuffle(members)
    return _write(members, rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA)))


def _inside(content: bytes, rng: random.Random) -> bytes:
    """Changes one member as a file of its own kind."""
    from tests.fuzzing.mutation import mutators_of

    members = _members(content)
    if not members:
        return content
    place = rng.randrange(len(members))
    name, held = members[place]
    if held and kind_of(held) != "archive":
        members[place] = (name, rng.choice(mutators_of(held))(held, rng))
    return _write(members, zipfile.ZIP_STORED)


def _claims(content: bytes, rng: random.Random) -> bytes:
    """Overwrites sizes, offsets, flags or methods in the headers of the archive."""
    signature, offsets = rng.choice(
        (
            (_CENTRAL, (8, 10, 16, 20, 24, 28, 30, 34, 42)),
            (_LOCAL, (6, 8, 14, 18, 22, 26, 28)),
            (_END, (8, 10, 12, 16, 20)),
        )
    )
    starts = [i for i in range(len(content)) if content.startswith(signature, i)]
    if not starts:
        return content
    start = rng.choice(starts) + rng.choice(offsets)
    value = struct.pack("<I", rng.choice(NUMBERS) % 2**32)[: rng.choice((2, 4))]
    return content[:start] + value + content[start + len(value) :]


MUTATORS: tuple[Mutator, ...] = (_repack, _repack, *(_inside,) * 4, _claims, _claims)
