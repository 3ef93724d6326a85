"""The web application: routes, and one line of JSON for whatever goes wrong."""

import logging
import time

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from a2bm2gl_tf.service.faults import RequestError
from a2bm2gl_tf.service.metrics import ServiceMetrics
from a2bm2gl_tf.service.routes.answers import json_answer
from a2bm2gl_tf.service.routes.context import ServiceContext
from a2bm2gl_tf.service.routes.registry import all_routes

_LOG = logging.getLogger(__name__)


def make_application(context: ServiceContext) -> ASGIApp:
    """The service as an ASGI application.

    Args:
      context: its parts, started and ended by the caller.
    """
    application = Starlette(
        routes=all_routes(),
        exception_handlers={
            RequestError: _refuse,
            HTTPException: _refuse_by_framework,
            Exception: _fail,
        },
    )
    application.state.context = context
    return _Counted(application, context.metrics)


class _Counted:
    """Counts requests and their time by route.

    Args:
      application: what answers.
      metrics: what to count in.
    """

    def __init__(self, application: Starlette, metrics: ServiceMetrics):
        self._application = application
        self._metrics = metrics
        paths = [getattr(route, "path", "") for route in application.routes]
        self._endpoints = {path: path for path in paths}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            await self._application(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._application(scope, receive, send_noting_status)
        finally:
            # Paths that clients make up must not become labels.
            endpoint = self._endpoints.get(scope["path"], "other")
            self._metrics.requests.labels(endpoint, status).inc()
            self._metrics.seconds.labels(endpoint).observe(time.perf_counter() - started)


async def _refuse(request: Request, error: RequestError) -> Response:
    del request
    return json_answer(error.status, {"error": error.message})


async def _refuse_by_framework(request: Request, error: HTTPException) -> Response:
    del request
    answer = json_answer(error.status_code, {"error": error.detail})
    answer.headers.update(error.headers or {})
    return answer


async def _fail(request: Request, error: Exception) -> Response:
    del error
    # The framework logs the traceback.
    return json_answer(500, {"error": f"{request.url.path} failed; the log says why"})
