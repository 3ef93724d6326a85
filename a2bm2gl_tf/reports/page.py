"""One HTML page with tables and pictures that needs no other file and no network."""

import base64
import html
from collections.abc import Iterable, Sequence

from a2bm2gl_tf.reports.tables import Table, as_html

_STYLE = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; color: #222;
  background: #fff; max-width: 62rem; margin: 2rem auto; padding: 0 1.2rem; }
h1 { font-size: 1.7rem; margin: 0 0 .2rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
p.lead { margin: .1rem 0; color: #444; }
p.note { color: #666; font-size: .88rem; margin: .5rem 0 0; max-width: 48rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .28rem .8rem; border-bottom: 1px solid #e2e2e2; }
th { border-bottom: 2px solid #999; font-weight: 600; }
th.number, td.number { text-align: right; white-space: nowrap; }
body.wide { max-width: 110rem; }
body.wide table { font-size: .88rem; }
body.wide th, body.wide td { padding: .25rem .55rem; }
body.wide th:first-child, body.wide td:first-child { position: sticky; left: 0; background: #fff;
  white-space: nowrap; }
body.wide th { vertical-align: bottom; white-space: normal; }
body.wide td { white-space: nowrap; }
body.wide td:last-child { white-space: normal; min-width: 9rem; }
td.best { font-weight: 700; }
td.second { text-decoration: underline; text-underline-offset: .15em; }
tbody tr:hover { background: #f5f7fa; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1rem;
  margin-top: 1.5rem; align-items: start; }
figure { margin: 0; }
img { width: 100%; height: auto; }
"""


def render_page(
    title: str,
    lead: Sequence[str],
    tables: Iterable[Table],
    pictures: dict[str, tuple[str, bytes]],
    wide: bool = False,
) -> str:
    """Composes the page; every text is escaped.

    Args:
      title: the heading.
      lead: paragraphs below it.
      tables: shown in their order.
      pictures: name -> (what it shows, for those who cannot see it; PNG bytes).
      wide: for tables of many columns, whose first stays in view.

    Returns:
      The page as HTML 5.
    """
    heading = html.escape(title)
    paragraphs = "".join(f'<p class="lead">{html.escape(line)}</p>\n' for line in lead)
    figures = "".join(_figure(text, data) for text, data in pictures.values())
    if figures:
        figures = f'<div class="figures">\n{figures}</div>\n'
    sections = "".join(map(as_html, tables))
    of_class = ' class="wide"' if wide else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{heading}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f"<body{of_class}>\n"
        f"<header>\n<h1>{heading}</h1>\n{paragraphs}</header>\n<main>\n"
        f"{figures}{sections}</main>\n</body>\n</html>\n"
    )


def _figure(text: str, data: bytes) -> str:
    encoded = base64.b64encode(data).decode("ascii")
    return (
        f'<figure><img alt="{html.escape(text)}" src="data:image/png;base64,{encoded}"></figure>\n'
    )
