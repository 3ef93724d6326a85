"""GET /health: which export is served, since when, and of what size."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from a2bm2gl_tf.service.faults import EngineLostError
from a2bm2gl_tf.service.routes.answers import json_answer
from a2bm2gl_tf.service.routes.context import context_of


def routes() -> list[Route]:
    """GET /health."""
    return [Route("/health", _health, methods=["GET"])]


async def _health(request: Request) -> Response:
    context = context_of(request)
    try:
        engine = context.keeper.engine
    except EngineLostError as error:
        return json_answer(503, {"status": "unavailable", "error": str(error)})
    return json_answer(
        200,
        {
            "status": "ok",
            "export": engine.description.model_dump(),
            "limits": {
                "ids": context.settings.engine.limits.ids,
                "k": context.settings.engine.limits.k,
                "body_bytes": context.settings.engine.limits.body_bytes,
            },
        },
    )
