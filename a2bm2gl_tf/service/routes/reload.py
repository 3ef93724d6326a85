"""POST /reload: look for a newer export now."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.service.faults import RequestError
from a2bm2gl_tf.service.routes.answers import json_answer
from a2bm2gl_tf.service.routes.context import context_of


def routes() -> list[Route]:
    """POST /reload; the body is ignored."""
    return [Route("/reload", _reload, methods=["POST"])]


async def _reload(request: Request) -> Response:
    keeper = context_of(request).keeper
    try:
        outcome = await keeper.reload()
    except UserError as error:
        raise RequestError(409, str(error)) from None
    body = {
        "changed": outcome.changed,
        "export": keeper.engine.description.version,
        "refused": list(outcome.refused),
    }
    return json_answer(409 if outcome.refused and not outcome.changed else 200, body)
