"""Tables that are shown both as text and as HTML."""

import dataclasses
import html
import re
import textwrap
from collections.abc import Sequence

_NOTE_WIDTH = 96
_NUMBER = re.compile(r"-?[0-9][0-9,.]*%?")


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
      title: what it shows.
      header: names of the columns.
      rows: cells, each row as long as the header.
      note: a sentence below it, or "".
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


def as_text(table: Table) -> str:
    """The table in aligned columns: words to the left, numbers to the right."""
    lines = [table.header, *table.rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    numeric = _numeric_columns(table)
    shown = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in lines
    ]
    note = textwrap.wrap(table.note, _NOTE_WIDTH)
    return "\n".join([table.title, *(f"  {line}" for line in [*shown, *note])])


def as_html(table: Table) -> str:
    """The table as an HTML section; every text in it is escaped."""
    numeric = _numeric_columns(table)
    note = f'<p class="note">{html.escape(table.note)}</p>\n' if table.note else ""
    rows = "".join(_html_row("td", row, numeric) for row in table.rows)
    return (
        f"<section>\n<h2>{html.escape(table.title)}</h2>\n"
        f'<div class="scroll"><table>\n<thead>{_html_row("th", table.header, numeric)}</thead>\n'
        f"<tbody>{rows}</tbody>\n</table></div>\n{note}</section>\n"
    )


def _html_row(tag: str, cells: Sequence[str], numeric: Sequence[bool]) -> str:
    shown = "".join(
        f'<{tag} class="number">{html.escape(cell)}</{tag}>'
        if right
        else f"<{tag}>{html.escape(cell)}</{tag}>"
        for cell, right in zip(cells, numeric, strict=True)
    )
    return f"<tr>{shown}</tr>"


def _numeric_columns(table: Table) -> list[bool]:
    """Which columns hold numbers alone, such as 1,234 or 5.6%."""
    if not table.rows:
        return [False] * len(table.header)
    return [all(map(_NUMBER.fullmatch, column)) for column in zip(*table.rows, strict=True)]
