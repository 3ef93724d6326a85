"""What the service counts, for Prometheus."""

import time
from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import generate_latest

_SECONDS = (0.001, 0.0025, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class ServiceMetrics:
    """Counters of one service.

    Attributes:
      requests: requests answered, by endpoint and status.
      seconds: time from a request's first byte to its last, by endpoint.
      batch_requests: requests that shared one call of the engine.
      batch_ids: ids that shared one call.
      engine_seconds: time of such a call.
      reloads: exports that were "loaded" or "refused".
      errors: faults of the service by kind: overloaded, timed_out, engine_lost, internal.
      queued: requests that wait.
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        kept = {"registry": self._registry, "namespace": "a2bm2gl"}
        by_endpoint = ["endpoint", "status"]
        self.requests = Counter("requests", "Requests answered.", by_endpoint, **kept)
        self.seconds = Histogram(
            "request_seconds", "Time of a request.", ["endpoint"], buckets=_SECONDS, **kept
        )
        self.batch_requests = Histogram(
            "batch_requests", "Requests in one call of the engine.", buckets=_SIZES, **kept
        )
        self.batch_ids = Histogram(
            "batch_ids", "Ids in one call of the engine.", buckets=_SIZES, **kept
        )
        self.engine_seconds = Histogram(
            "engine_seconds", "Time of one call of the engine.", buckets=_SECONDS, **kept
        )
        self.reloads = Counter("reloads", "Exports by what became of them.", ["outcome"], **kept)
        self.errors = Counter("errors", "Faults of the service.", ["kind"], **kept)
        self.queued = Gauge("queued_requests", "Requests that wait for the engine.", **kept)
        self._loaded = Gauge("export_loaded_timestamp_seconds", "When it was loaded.", **kept)
        for outcome in ("loaded", "refused"):
            self.reloads.labels(outcome)
        for kind in ("overloaded", "timed_out", "engine_lost", "internal"):
            self.errors.labels(kind)
        ProcessCollector(namespace="web", registry=self._registry)

    def watch_engine(self, pid: Callable[[], int]) -> None:
        """Adds memory and processor time of the engine.

        Args:
          pid: gives the process id of the present one.
        """
        ProcessCollector(namespace="engine", pid=pid, registry=self._registry)

    def export_loaded(self) -> None:
        """Notes that an export has taken over."""
        self.reloads.labels("loaded").inc()
        self._loaded.set(time.time())

    def text(self) -> bytes:
        """The exposition format of Prometheus."""
        return generate_latest(self._registry)
