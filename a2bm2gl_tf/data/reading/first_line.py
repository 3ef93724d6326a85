"""A glance at the start of a file, to tell what it is; never an error."""

from pathlib import Path

_GLANCE = 1 << 16


def first_line(path: Path) -> str:
    """The first line of a file without its line end, at most 64 KiB of it.

    Bytes that are not UTF-8 become replacement characters; a file that is missing, unreadable, a
    folder or binary (it holds NUL bytes) gives "".
    """
    try:
        with path.open("rb") as file:
            start = file.readline(_GLANCE)
    except OSError:
        return ""
    if b"\0" in start:
        return ""
    # A lone CR ends lines too.
    line = start.decode("utf-8-sig", "replace").splitlines()
    return line[0] if line else ""
