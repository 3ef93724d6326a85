"""Damage to tables, lists and other lines of text."""

import random
import re

from tests.fuzzing.case import NUMBERS, Mutator

_SEPARATORS = re.compile(rb"[,;\t| :=]+|\r?\n")
_ODD = (
    *(b"", b" ", b"\t", b"\0", b"\r", b"\n", b"\r\n", b'"', b'""', b'"\n', b"'", b",", b"::"),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\xff", b"\xed\xa0\x80", b"\xe2\x80\xa8", b"\x85", b"\x1f"),
    *(b"\x03", b"\x1a", b"\x1b[2J", b"\xc2\xa0", b"NaN", b"nan", b"inf", b"-inf", b"1e400"),
    *(b"-0", b"+7", b"07", b"7.0", b"0x1F", b"1_000", b"1,000", b"1e5", b"1e-400", b"None"),
    *(b"null", b"true", b"NA", b"..", b"../../x", b"/etc/passwd", b"C:\\x", b"a\\..\\b", b"CON"),
    *("\u0661\u0662".encode(), "\uff11".encode(), "\u202e".encode(), "\ud7ff".encode()),
    *(b"#", b"//", b"--flagfile=x", b"{", b"[", b"}", b"%s%n", b"=1+1", b"9" * 400, b"x" * 5000),
)


def odd_text(rng: random.Random) -> bytes:
    """A value that parsers stumble over."""
    if rng.random() < 0.3:
        return str(rng.choice(NUMBERS)).encode()
    return rng.choice(_ODD)


def _spans(content: bytes) -> list[tuple[int, int]]:
    ends = [match.span() for match in _SEPARATORS.finditer(content)]
    starts = [0, *(end for _, end in ends)]
    return list(zip(starts, [*(start for start, _ in ends), len(content)], strict=True))


def _replace_value(content: bytes, rng: random.Random) -> bytes:
    start, end = rng.choice(_spans(content))
    return content[:start] + odd_text(rng) + content[end:]


def _insert_odd(content: bytes, rng: random.Random) -> bytes:
    start = rng.randint(0, len(content))
    return content[:start] + odd_text(rng) + content[start:]


def _swap_values(content: bytes, rng: random.Random) -> bytes:
    spans = _spans(content)
    (a, b), (c, d) = sorted((rng.choice(spans), rng.choice(spans)))
    if b > c:
        return content
    return content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]


def _replace_separator(content: bytes, rng: random.Random) -> bytes:
    found = [match.span() for match in _SEPARATORS.finditer(content)] or [(0, 0)]
    start, end = rng.choice(found)
    odd = rng.choice((b"", b",", b"\t", b";", b"|", b" ", b"::", b"\n", b"\r", b"\n\n", b"\x0b"))
    return content[:start] + odd + content[end:]


def _lines(content: bytes, rng: random.Random) -> bytes:
    """Removes, repeats, swaps or empties whole lines."""
    lines = content.splitlines(keepends=True)
    place = rng.randrange(len(lines))
    match rng.randrange(5):
        case 0:
            del lines[place]
        case 1:
            lines.insert(rng.randint(0, len(lines)), lines[place])
        case 2:
            rng.shuffle(lines)
        case 3:
            lines[place] = b"\n"
        case 4:
            lines = lines[:1] + lines[1:] * 200
    return b"".join(lines)


def _line_ends(content: bytes, rng: random.Random) -> bytes:
    return content.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b"", b"\0\n", b"\n\r")))


def _encode_otherwise(content: bytes, rng: random.Random) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(rng.choice(("utf-16", "utf-16-le", "utf-8-sig", "utf-32", "utf-7")))


def _quote(content: bytes, rng: random.Random) -> bytes:
    start, end = rng.choice(_spans(content))
    left, right = rng.choice(((b'"', b'"'), (b'"', b""), (b"", b'"'), (b"'", b"'"), (b'""', b'"')))
    return content[:start] + left + content[start:end] + right + content[end:]


def _columns(content: bytes, rng: random.Random) -> bytes:
    """Adds a column to every line, or takes the last one off."""
    separator = rng.choice((b",", b"\t", b"|", b" "))
    lines = content.splitlines()
    if rng.random() < 0.5:
        return b"\n".join(line + separator + odd_text(rng) for line in lines) + b"\n"
    return b"\n".join(line.rpartition(separator)[0] or line for line in lines) + b"\n"


MUTATORS: tuple[Mutator, ...] = (
    *(_replace_value, _replace_value, _replace_value, _insert_odd, _swap_values, _lines, _quote),
    *(_replace_separator, _line_ends, _encode_otherwise, _columns),
)
