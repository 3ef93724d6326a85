"""Every route of the service: a file here that has `routes()`, and its line below."""

from starlette.routing import BaseRoute

from a2bm2gl_tf.service.routes import health, metrics, operations, page, reload


def all_routes() -> list[BaseRoute]:
    """Routes in the order in which paths are compared."""
    return [
        *operations.routes(),
        *health.routes(),
        *metrics.routes(),
        *reload.routes(),
        *page.routes(),
    ]
