"""How a delimited text file is written."""

import dataclasses

# Characters; a line end missing (or a quote left open) in a large file must not fill memory.
LONGEST_RECORD = 1 << 22
# A record of these behind the last one comes out whole unless a quote was left open before it.
END = "\x03"


@dataclasses.dataclass(frozen=True)
class Dialect:
    """How a delimited text file is written.

    Attributes:
      separator: what stands between two values: one ASCII character, or several such as "::".
      names: names of all columns in the order of the file, which then has no header; None where the
        first record holds them.
      quoted: whether values may stand in double quotes, as in CSV, and then hold separators and
        line ends; otherwise a quote is a character as any other.
      encoding: "utf-8" or "latin-1".
    """

    separator: str
    names: tuple[str, ...] | None = None
    quoted: bool = False
    encoding: str = "utf-8"
