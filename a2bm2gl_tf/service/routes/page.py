"""GET /: the page to try a user on, in one answer that loads nothing else."""

import base64
import functools
import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_STATIC = Path(__file__).resolve().parents[1] / "static"
# In the order in which they need each other.
_SCRIPTS = ("elements", "requests", "combobox", "ranking", "why", "page")


def routes() -> list[Route]:
    """The page."""
    return [Route("/", _page, methods=["GET"])]


async def _page(request: Request) -> Response:
    del request
    page, policy = assembled_page()
    return HTMLResponse(
        page, headers={"Cache-Control": "no-cache", "Content-Security-Policy": policy}
    )


@functools.cache
def assembled_page() -> tuple[str, str]:
    """The files of the folder `static` in one, and a policy for browsers.

    Returns:
      The HTML with style and scripts in it, and a Content-Security-Policy by which a browser runs
      these and nothing else, whatever a title may hold, and asks nobody but this service.
    """
    scripts = [(_STATIC / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS]
    contents = {
        "style": (_STATIC / "page.css").read_text(encoding="utf-8"),
        "script": "\n".join(['"use strict";', *scripts]),
    }
    page = (_STATIC / "index.html").read_text(encoding="utf-8")
    for name, content in contents.items():
        page = page.replace("{{" + name + "}}", content)
    sources = [f"{name}-src '{_digest(content)}'" for name, content in contents.items()]
    rest = "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'"
    return page, f"default-src 'none'; {'; '.join(sources)}; {rest}; frame-ancestors 'none'"


def _digest(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode()}"
