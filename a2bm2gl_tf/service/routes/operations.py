"""POST /NAME for every operation of the registry."""

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from a2bm2gl_tf.service.faults import EngineLostError, RequestError
from a2bm2gl_tf.service.operations.operation import Operation
from a2bm2gl_tf.service.operations.registry import OPERATIONS
from a2bm2gl_tf.service.routes.answers import json_bytes
from a2bm2gl_tf.service.routes.context import ServiceContext, context_of


def routes() -> list[Route]:
    """One route an operation."""
    return [_route(operation) for operation in OPERATIONS.values()]


def _route(operation: Operation) -> Route:
    async def answer(request: Request) -> Response:
        return await _answer(operation, request, context_of(request))

    return Route(f"/{operation.name}", answer, methods=["POST"], name=operation.name)


async def _answer(operation: Operation, request: Request, context: ServiceContext) -> Response:
    settings = context.settings
    read = False
    try:
        async with asyncio.timeout(settings.request_seconds):
            body = await read_body(request, settings.engine.limits.body_bytes)
            read = True
            parsed = operation.parse(body)
            export = context.keeper.engine.description
            operation.check_signature(export)
            operation.check(parsed, export, settings.engine.limits)
            status, answer = await context.batcher.submit(
                operation.name, operation.batch_key(parsed), body, operation.size(parsed)
            )
    except EngineLostError as error:
        context.metrics.errors.labels("engine_lost").inc()
        raise RequestError(503, f"try again later: {error}") from None
    except TimeoutError:
        if not read:
            raise RequestError(
                408, f"the body did not arrive within {settings.request_seconds:g} s"
            ) from None
        context.metrics.errors.labels("timed_out").inc()
        raise RequestError(504, f"no answer within {settings.request_seconds:g} s") from None
    if status == 500:
        context.metrics.errors.labels("internal").inc()
    return json_bytes(status, answer)


async def read_body(request: Request, limit: int) -> bytes:
    """A request's body.

    Args:
      request: its body may arrive in pieces, with or without Content-Length.
      limit: bytes.

    Returns:
      The body.

    Raises:
      RequestError: 413 where it is longer than `limit`, as soon as that is known; 400 where the
        client went away.
    """
    declared = request.headers.get("content-length", "")
    pieces, length = [], int(declared) if declared.isdecimal() and len(declared) < 20 else 0
    too_long = RequestError(413, f"the body is longer than {limit} bytes")
    if length > limit:
        raise too_long
    length = 0
    try:
        async for piece in request.stream():
            pieces.append(piece)
            length += len(piece)
            if length > limit:
                raise too_long
    except ClientDisconnect:
        raise RequestError(400, "the client went away") from None
    return b"".join(pieces)
