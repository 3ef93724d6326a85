"""What every route can reach."""

import dataclasses

from starlette.requests import Request

from a2bm2gl_tf.service.batching import Batcher
from a2bm2gl_tf.service.export_keeper import ExportKeeper
from a2bm2gl_tf.service.metrics import ServiceMetrics
from a2bm2gl_tf.service.settings import ServiceSettings


@dataclasses.dataclass(frozen=True)
class ServiceContext:
    """The parts of one running service.

    Attributes:
      settings: how it was started.
      keeper: the export that is served.
      batcher: where requests wait for it.
      metrics: what is counted.
    """

    settings: ServiceSettings
    keeper: ExportKeeper
    batcher: Batcher
    metrics: ServiceMetrics


def context_of(request: Request) -> ServiceContext:
    """The service that a request came to."""
    return request.app.state.context
