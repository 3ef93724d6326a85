"""GET / and GET /static/...: the files of the folder `static`."""

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

_STATIC = Path(__file__).resolve().parents[1] / "static"


def routes() -> list[Route | Mount]:
    """The page and what it loads. StaticFiles refuses paths that lead out of the folder."""
    return [
        Route("/", _page, methods=["GET"]),
        Mount("/static", StaticFiles(directory=_STATIC), name="static"),
    ]


async def _page(request: Request) -> Response:
    del request
    return FileResponse(_STATIC / "index.html", headers={"Cache-Control": "no-cache"})
