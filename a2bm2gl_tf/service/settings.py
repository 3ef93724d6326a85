"""What a service is told when it starts."""

import dataclasses
from pathlib import Path


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one request may ask for; more is answered with 4xx.

    Attributes:
      ids: ids a request.
      k: places a list.
      body_bytes: bytes of a request's body.
    """

    ids: int = 256
    k: int = 1000
    body_bytes: int = 256 * 1024


@dataclasses.dataclass(frozen=True)
class EngineSettings:
    """What the process that runs TensorFlow is told.

    Attributes:
      threads: threads of one product of matrices.
      retrieval: "exact" or "faiss".
      faiss_index: "ivf" or "hnsw", where `retrieval` is "faiss".
      limits: as in `ServiceSettings`.
    """

    threads: int = 1
    retrieval: str = "exact"
    faiss_index: str = "ivf"
    limits: Limits = Limits()


@dataclasses.dataclass(frozen=True)
class ServiceSettings:
    """Everything `serve` needs.

    Attributes:
      export_dir: one export, or a directory of versions of it.
      host: address to listen on.
      port: port to listen on, 0 for any that is free.
      engine: settings of the engine.
      batch_ids: ids that are gathered into one call at most.
      batch_wait_seconds: how long the first request of a batch may wait for others while the
        engine is idle.
      queued_requests: requests that may wait; more are answered with 503.
      request_seconds: time for the whole of a request, 408 or 504 after it.
      shutdown_seconds: time for requests in flight after a termination signal.
      background_seconds: how long a newer export may take to load in idle processor time before it
        is loaded like the first; 0 for at once.
      poll_seconds: how often a newer export is looked for, 0 for never.
    """

    export_dir: Path
    host: str = "127.0.0.1"
    port: int = 8501
    engine: EngineSettings = EngineSettings()
    batch_ids: int = 256
    batch_wait_seconds: float = 0.002
    queued_requests: int = 512
    request_seconds: float = 5.0
    shutdown_seconds: float = 20.0
    background_seconds: float = 120.0
    poll_seconds: float = 1.0
