"""The export that is served now, and its replacement by a newer one."""

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Awaitable, Callable, Sequence

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.service.engine_process import EngineProcess
from a2bm2gl_tf.service.faults import EngineLostError, ExportRefusedError
from a2bm2gl_tf.service.metrics import ServiceMetrics
from a2bm2gl_tf.service.versions import ExportVersion

_LOG = logging.getLogger(__name__)

# A call that takes longer has hung; it is far above the time limit of requests.
_CALL_SECONDS = 60.0
_RESTART_SECONDS = 1.0

StartEngine = Callable[[ExportVersion, bool], Awaitable[EngineProcess]]


@dataclasses.dataclass(frozen=True)
class ReloadOutcome:
    """What a look for newer exports came to.

    Attributes:
      changed: whether another export is served now.
      refused: why newer ones are not, one line each.
    """

    changed: bool
    refused: tuple[str, ...]


class ExportKeeper:
    """Serves the newest export that can be served.

    A newer one is loaded by an engine of its own while the present one goes on; once it has passed
    its checks the two change places between two calls, and the old engine ends after the call it
    is in. A newer export that is refused is logged and not tried again until its files change.

    Args:
      find: complete exports, newest first; raises UserError where there is nowhere to look.
      start: starts an engine for an export; its second argument is whether in the background.
      metrics: what to count in.
      poll_seconds: how often to look, 0 for on demand only.
      background_seconds: how long a newer export may take to load in idle time.
    """

    def __init__(
        self,
        find: Callable[[], Sequence[ExportVersion]],
        start: StartEngine,
        metrics: ServiceMetrics,
        poll_seconds: float,
        background_seconds: float,
    ):
        self._find = find
        self._start = start
        self._metrics = metrics
        self._poll_seconds = poll_seconds
        self._background_seconds = background_seconds
        self._engine: EngineProcess | None = None
        self._version: ExportVersion | None = None
        self._refused: dict[ExportVersion, str] = {}
        self._reloading = asyncio.Lock()
        self._wanted = asyncio.Event()
        self._tasks: set[asyncio.Task] = set()

    @property
    def engine(self) -> EngineProcess:
        """The engine that answers now.

        Raises:
          EngineLostError: it was lost and is being replaced.
        """
        if self._engine is None:
            raise EngineLostError("the engine is being started again")
        return self._engine

    async def open(self) -> None:
        """Loads the newest export that can be served, and begins to look for newer ones.

        Raises:
          UserError: there is none.
        """
        outcome = await self.reload(in_background=False)
        if self._engine is None:
            reasons = "; ".join(outcome.refused) or "no complete SavedModel was found in it"
            raise UserError(f"--export_dir holds nothing to serve: {reasons}")
        self._keep(self._watch())

    async def close(self) -> None:
        """Ends the engine once it has answered."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._engine is not None:
            engine, self._engine = self._engine, None
            await engine.close()

    async def call(self, operation: str, requests: Sequence[bytes]) -> list[tuple[int, bytes]]:
        """Has requests answered by the present engine; see `EngineProcess.call`."""
        engine = self.engine
        try:
            return await engine.call(operation, requests, _CALL_SECONDS)
        except EngineLostError:
            if self._engine is engine:
                self._engine = None
                # One that hangs is still there.
                self._keep(engine.kill())
            raise

    def request_reload(self) -> None:
        """Has the watcher look now rather than at its next turn."""
        self._wanted.set()

    async def reload(self, *, in_background: bool = True) -> ReloadOutcome:
        """Looks for an export newer than the present one and changes over to it.

        Args:
          in_background: whether loading gives way to the engine that answers meanwhile.
        """
        async with self._reloading:
            refused = []
            for version in await asyncio.to_thread(self._find):
                if version == self._version and self._engine is not None:
                    return ReloadOutcome(False, tuple(refused))
                # With nothing to serve a second attempt costs nothing: memory may be free by now.
                if version in self._refused and self._engine is not None:
                    refused.append(self._refused[version])
                    continue
                try:
                    engine = await self._load(version, in_background)
                except ExportRefusedError as error:
                    self._refuse(version, str(error))
                    refused.append(str(error))
                    continue
                self._change_over(version, engine)
                return ReloadOutcome(True, tuple(refused))
            return ReloadOutcome(False, tuple(refused))

    async def _load(self, version: ExportVersion, in_background: bool) -> EngineProcess:
        engine = None
        if in_background and self._background_seconds:
            try:
                async with asyncio.timeout(self._background_seconds):
                    engine = await self._start(version, True)
            except TimeoutError:
                # A machine without idle time would never get to it.
                _LOG.warning("export %s is loaded at normal priority: no idle time", version.name)
        if engine is None:
            engine = await self._start(version, False)
        if version not in await asyncio.to_thread(self._find):
            await engine.close()
            raise ExportRefusedError(f"{version.path} changed while it was being loaded")
        return engine

    def _refuse(self, version: ExportVersion, reason: str) -> None:
        # Of one path only the latest fault is of interest, or this would grow for ever.
        kept = {v: text for v, text in self._refused.items() if v.path != version.path}
        self._refused = {**kept, version: reason}
        self._metrics.reloads.labels("refused").inc()
        _LOG.error("export %s is refused: %s", version.name, reason)

    def _change_over(self, version: ExportVersion, engine: EngineProcess) -> None:
        previous, self._engine, self._version = self._engine, engine, version
        self._metrics.export_loaded()
        description = engine.description
        _LOG.info(
            "serving export %s: %d users, %d items, loaded in %.1f s",
            version.name,
            description.num_users,
            description.num_items,
            description.load_seconds,
        )
        self._keep(self._restart_when_lost(engine))
        if previous is not None:
            self._keep(previous.close())

    async def _restart_when_lost(self, engine: EngineProcess) -> None:
        status = await engine.ended()
        if self._engine is engine or (self._engine is None and self._version is not None):
            self._engine = None
            _LOG.error("the engine has ended (status %d) and is started again", status)
            await asyncio.sleep(_RESTART_SECONDS)
            self.request_reload()

    async def _watch(self) -> None:
        while True:
            seconds = self._poll_seconds or (None if self._engine else _RESTART_SECONDS)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._wanted.wait()
            self._wanted.clear()
            try:
                await self.reload(in_background=self._engine is not None)
            except (UserError, OSError) as error:
                _LOG.error("no look for newer exports: %s", error)

    def _keep(self, work: Awaitable[None]) -> None:
        # The event loop alone holds tasks weakly.
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
