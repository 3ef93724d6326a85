"""Tables that are shown as text, as Markdown and as HTML."""

import dataclasses
import html
import re
import textwrap
from collections.abc import Mapping, Sequence

_NOTE_WIDTH = 96
MISSING = "–"
BEST, SECOND = "best", "second"
_NUMBER = re.compile(rf"-?[0-9][0-9,.]*%?(?: ± [0-9.]+)?|{MISSING}")
_MARKDOWN = {BEST: "**{}**", SECOND: "<u>{}</u>"}


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of texts.

    Attributes:
      title: what it shows.
      header: names of the columns.
      rows: cells, each row as long as the header.
      note: a sentence below it, or "".
      marks: (row, column) of a cell -> `BEST` or `SECOND`, shown bold or underlined where that can
        be shown.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    marks: Mapping[tuple[int, int], str] = dataclasses.field(default_factory=dict)


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


def as_markdown(table: Table) -> str:
    """The table as Markdown of GitHub's kind, under its title and above its note."""
    numeric = _numeric_columns(table)
    lines = [
        _markdown_row(table.header),
        _markdown_row(["---:" if right else "---" for right in numeric]),
    ]
    for row, cells in enumerate(table.rows):
        shown = [
            _MARKDOWN.get(table.marks.get((row, column)), "{}").format(_escaped(cell))
            for column, cell in enumerate(cells)
        ]
        lines.append(_markdown_row(shown))
    parts = [f"### {_escaped(table.title)}", "\n".join(lines), _escaped(table.note)]
    return "\n\n".join(filter(None, parts))


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _escaped(text: str) -> str:
    """Text that Markdown takes for nothing but text."""
    return re.sub(r"([\\`*_|<>\[\]])", r"\\\1", " ".join(text.split()))


def as_html(table: Table) -> str:
    """The table as an HTML section; every text in it is escaped."""
    numeric = _numeric_columns(table)
    note = f'<p class="note">{html.escape(table.note)}</p>\n' if table.note else ""
    rows = "".join(
        _html_row(
            "td", cells, numeric, [table.marks.get((row, column)) for column in range(len(cells))]
        )
        for row, cells in enumerate(table.rows)
    )
    return (
        f"<section>\n<h2>{html.escape(table.title)}</h2>\n"
        f'<div class="scroll"><table>\n<thead>{_html_row("th", table.header, numeric)}</thead>\n'
        f"<tbody>{rows}</tbody>\n</table></div>\n{note}</section>\n"
    )


def _html_row(
    tag: str,
    cells: Sequence[str],
    numeric: Sequence[bool],
    marks: Sequence[str | None] | None = None,
) -> str:
    shown = []
    for cell, right, mark in zip(cells, numeric, marks or [None] * len(cells), strict=True):
        classes = " ".join(filter(None, ("number" if right else None, mark)))
        of_class = f' class="{classes}"' if classes else ""
        shown.append(f"<{tag}{of_class}>{html.escape(cell)}</{tag}>")
    return f"<tr>{''.join(shown)}</tr>"


def _numeric_columns(table: Table) -> list[bool]:
    """Which columns hold numbers alone, such as 1,234, 5.6% or 0.31 ± 0.02."""
    if not table.rows:
        return [False] * len(table.header)
    return [all(map(_NUMBER.fullmatch, column)) for column in zip(*table.rows, strict=True)]
