"""GET /metrics: what Prometheus collects."""

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from a2bm2gl_tf.service.routes.context import context_of


def routes() -> list[Route]:
    """GET /metrics."""
    return [Route("/metrics", _metrics, methods=["GET"])]


async def _metrics(request: Request) -> Response:
    return Response(
        context_of(request).metrics.text(), headers={"Content-Type": CONTENT_TYPE_LATEST}
    )
