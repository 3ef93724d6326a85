"""Running the service until it is told to stop."""

import asyncio
import contextlib
import functools
import gc
import logging
import signal
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
import uvloop

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.service.application import make_application
from a2bm2gl_tf.service.batching import Batcher
from a2bm2gl_tf.service.engine_process import EngineProcess, start_engine
from a2bm2gl_tf.service.export_keeper import ExportKeeper, StartEngine
from a2bm2gl_tf.service.faults import EngineLostError
from a2bm2gl_tf.service.metrics import ServiceMetrics
from a2bm2gl_tf.service.routes.context import ServiceContext
from a2bm2gl_tf.service.settings import ServiceSettings
from a2bm2gl_tf.service.versions import ExportVersion, find_versions

_LOG = logging.getLogger(__name__)

# Longer than clients and proxies keep idle connections, so that they are the ones to close them.
_KEEP_ALIVE_SECONDS = 75


def serve(settings: ServiceSettings) -> None:
    """Serves until SIGTERM or SIGINT, then ends the requests in flight and returns.

    SIGHUP looks for a newer export.

    Args:
      settings: what to serve, and how.

    Raises:
      UserError: there is nothing to serve, or the address is not to be had.
    """
    # It is cancelled by a signal while the first export is loaded.
    with _listening_socket(settings) as listening, contextlib.suppress(asyncio.CancelledError):
        uvloop.run(_serve(settings, listening))


@contextlib.asynccontextmanager
async def running_service(
    settings: ServiceSettings, start: StartEngine | None = None
) -> AsyncIterator[ServiceContext]:
    """The parts of a service, started and ended.

    Args:
      settings: what to serve, and how.
      start: starts an engine, in a process of its own if unset.

    Yields:
      The context for `make_application`.

    Raises:
      UserError: there is nothing to serve.
    """
    metrics = ServiceMetrics()
    keeper = ExportKeeper(
        lambda: find_versions(settings.export_dir),
        start or functools.partial(_start_process, settings),
        metrics,
        settings.poll_seconds,
        settings.background_seconds,
    )
    batcher = Batcher(
        keeper.call,
        metrics,
        batch_ids=settings.batch_ids,
        wait_seconds=settings.batch_wait_seconds,
        queued_requests=settings.queued_requests,
    )
    await keeper.open()
    metrics.watch_engine(lambda: _pid(keeper))
    batcher.start()
    try:
        yield ServiceContext(settings, keeper, batcher, metrics)
    finally:
        await batcher.stop()
        await keeper.close()


async def _start_process(
    settings: ServiceSettings, version: ExportVersion, in_background: bool
) -> EngineProcess:
    return await start_engine(version.path, settings.engine, in_background=in_background)


async def _serve(settings: ServiceSettings, listening: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    loading = asyncio.current_task()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, loading.cancel)
    loop.add_signal_handler(signal.SIGHUP, lambda: None)
    async with running_service(settings) as context:
        server = _Server(
            uvicorn.Config(
                make_application(context),
                log_level="warning",
                access_log=False,
                lifespan="off",
                http="httptools",
                ws="none",
                server_header=False,
                timeout_keep_alive=_KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=settings.shutdown_seconds,
                backlog=1024,
            )
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        loop.add_signal_handler(signal.SIGHUP, context.keeper.request_reload)
        host, port = listening.getsockname()[:2]
        # A collection of what was made until here takes time from requests and finds nothing.
        gc.collect()
        gc.freeze()
        _LOG.info("listening on http://%s:%d", f"[{host}]" if ":" in host else host, port)
        await server.serve(sockets=[listening])
        _LOG.info("stopped")


class _Server(uvicorn.Server):
    """uvicorn's server without its own signals, which end the process by the signal once more."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to `_serve`."""
        yield

    def stop(self) -> None:
        """Accepts no more connections and ends when requests in flight have."""
        self.should_exit = True


def _listening_socket(settings: ServiceSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise UserError(
            f"--host={settings.host} --port={settings.port} cannot be listened on: "
            f"{error.strerror or error}"
        ) from error
    return listening


def _pid(keeper: ExportKeeper) -> int:
    try:
        return keeper.engine.pid
    except EngineLostError:
        # No process has this id, so nothing is reported.
        return -1
