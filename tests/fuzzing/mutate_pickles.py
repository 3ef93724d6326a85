"""Damage to pickles opcode by opcode, and the tricks by which pickles run code."""

import pickle
import pickletools
import random
import struct

from tests.fuzzing.case import NUMBERS, Mutator

# What a pickle would call to leave a trace: the guard of a case sees any of them.
_GADGETS = (
    *("os\nsystem", "posix\nsystem", "builtins\neval", "builtins\nexec", "__builtin__\neval"),
    *("subprocess\nPopen", "builtins\ngetattr", "operator\nattrgetter", "builtins\n__import__"),
    *("runpy\nrun_path", "shutil\nrmtree", "numpy\nload", "numpy.f2py.crackfortran\nmyeval"),
    *("numpy.testing._private.utils\nrunstring", "importlib\nimport_module", "codecs\nencode"),
    *("torch._utils\n_rebuild_tensor_v2", "torch\nload", "torch.serialization\nload"),
    *("collections\nOrderedDict.__init__", "collections\nOrderedDict", "numpy\ndtype"),
    *("numpy._core.multiarray\n_reconstruct", "numpy._core.multiarray\nscalar", "numpy\nndarray"),
    *("_codecs\nencode", "builtins\nset", "builtins\nbytearray", "builtins\nlist", "pickle\nloads"),
    *("copyreg\n_reconstructor", "functools\npartial", "types\nFunctionType", "builtins\nobject"),
    *("a2bm2gl_tf.data.reading.restricted_pickles\nRecord", "sys\nmodules", "builtins\nopen"),
)
_ARGUMENTS = (
    *(
        b"X\x0d\x00\x00\x00touch trace_x\x85",
        b"(S'touch trace_x'\ntR"[:-1],
        b")",
        b"N\x85",
        b"]\x85",
    ),
    *(b"K\x01\x85", b"}\x85", b"(tt"[:2], b"U\x05a.b.c\x85", b"K\x00K\x01\x86"),
)
_LOOSE = (
    *(b"\x82\x01", b"\x83\x01\x00", b"\x84\x01\x00\x00\x00"),  # the extension registry
    *(b"P1\n", b"Q", b"\x93", b"\x81", b"\x92", b"R", b"b", b"0", b"1", b"2", b"(", b".", b"a"),
    *(b"\x94", b"e", b"u", b"s", b"d", b"l", b"t", b"\x85", b"\x86", b"\x87", b"\x90", b"\x91"),
    *(b"ios\nsystem\n", b"o", b"h\x00", b"j\xff\xff\xff\x7f", b"r\xff\xff\xff\x7f", b"q\xff"),
    *(b"\x97", b"\x98", b"\x95" + struct.pack("<Q", 2**40), b"\x80\x05", b"\x80\xff"),
    *(
        b"I99999999999999999999\n",
        b"L1L\n",
        b"F1e999\n",
        b"g0\n",
        b"p0\n",
        b"\x8a\xff" + b"\x7f" * 9,
    ),
)
_SIZED = (("X", "<I"), ("\x8d", "<Q"), ("B", "<I"), ("\x8e", "<Q"), ("\x96", "<Q"), ("T", "<i"))


def _parts(content: bytes) -> list[bytes]:
    """The pickle cut into opcodes with their arguments; what follows its end is one part."""
    starts = []
    try:
        for _, _, position in pickletools.genops(content):
            starts.append(position)
    except Exception:
        pass
    ends = [*starts[1:], None]
    return [content[start:end] for start, end in zip(starts or [0], ends, strict=True)]


def _call(rng: random.Random) -> bytes:
    module, _, name = rng.choice(_GADGETS).partition("\n")
    named = rng.choice(
        (
            f"c{module}\n{name}\n".encode(),
            b"".join(b"\x8c" + bytes([len(text)]) + text.encode() for text in (module, name))
            + b"\x93",
            f"c{module}\n{name}.__class__\n".encode(),
            f"c{module}.{name}\n__call__\n".encode(),
        )
    )
    return named + rng.choice(_ARGUMENTS) + rng.choice((b"R", b"\x81", b"b", b"", b"R0"))


def _opcodes(content: bytes, rng: random.Random) -> bytes:
    parts = _parts(content)
    place = rng.randrange(len(parts))
    match rng.randrange(6):
        case 0:
            del parts[place]
        case 1:
            parts.insert(place, rng.choice(parts))
        case 2:
            parts.insert(place, rng.choice(_LOOSE))
        case 3:
            parts[place] = rng.choice(_LOOSE)
        case 4:
            other = rng.randrange(len(parts))
            parts[place], parts[other] = parts[other], parts[place]
        case 5:
            parts[place : place + 1] = [parts[place]] * rng.choice((2, 2, 2, 30, 1000))
    return b"".join(parts)


def _gadget(content: bytes, rng: random.Random) -> bytes:
    """Puts a call in, or turns a name that is there into another."""
    parts = _parts(content)
    names = [i for i, part in enumerate(parts) if part[:1] in b"c\x93"]
    if names and rng.random() < 0.5:
        parts[rng.choice(names)] = _call(rng) if rng.random() < 0.5 else _call(rng)[:-1]
    else:
        parts.insert(rng.randrange(len(parts)), _call(rng))
    return b"".join(parts)


def _number(content: bytes, rng: random.Random) -> bytes:
    """Gives a whole number that is there another value."""
    parts = _parts(content)
    whole = [i for i, part in enumerate(parts) if part[:1] in b"JKMI\x8a\x8b"]
    if not whole:
        return content
    value = rng.choice(NUMBERS[:-1])
    parts[rng.choice(whole)] = pickle.dumps(value, 2)[2:-1]
    return b"".join(parts)


def _size(content: bytes, rng: random.Random) -> bytes:
    """Text and bytes that claim to be longer than the file."""
    code, form = rng.choice(_SIZED)
    limit = 2 ** (8 * struct.calcsize(form) - 1)
    claimed = struct.pack(form, rng.choice((2**27, 2**31 - 1, limit - 1, 5)))
    parts = _parts(content)
    parts.insert(rng.randrange(len(parts)), code.encode("latin-1") + claimed + b"abc")
    return b"".join(parts)


def _deep(content: bytes, rng: random.Random) -> bytes:
    """Nests something without end."""
    depth = rng.choice((50, 1000, 1000, 20_000))
    parts = _parts(content)
    nested = rng.choice(
        (b")" + b"\x85" * depth, b"(" * depth, b"]" * 10 + b"a" * 9, b"(" * 99 + b"t" * 99)
    )
    parts.insert(rng.randrange(len(parts)), nested)
    return b"".join(parts)


MUTATORS: tuple[Mutator, ...] = (*(_opcodes,) * 4, _gadget, _gadget, _number, _number, _size, _deep)
