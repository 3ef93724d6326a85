"""Requests that wait gathered into calls of the engine."""

import asyncio
import dataclasses
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence

from a2bm2gl_tf.service.faults import EngineLostError, RequestError
from a2bm2gl_tf.service.metrics import ServiceMetrics

# Calls the engine: operation and requests in, status and body of each out.
EngineCall = Callable[[str, Sequence[bytes]], Awaitable[list[tuple[int, bytes]]]]


@dataclasses.dataclass
class _Waiting:
    operation: str
    key: Hashable
    body: bytes
    size: int
    since: float
    answer: asyncio.Future


class Batcher:
    """A bounded queue in front of an engine that answers one call at a time.

    While the engine is busy requests gather; once it is free, the oldest and every other of its
    operation and key, up to `batch_ids` ids, become the next call. While it is idle the oldest
    waits `wait_seconds` for company.

    Args:
      call: calls the engine.
      metrics: what to count in.
      batch_ids: ids a call; a single request may have more.
      wait_seconds: see above; 0 for no waiting.
      queued_requests: how many may wait.
    """

    def __init__(
        self,
        call: EngineCall,
        metrics: ServiceMetrics,
        *,
        batch_ids: int,
        wait_seconds: float,
        queued_requests: int,
    ):
        self._call = call
        self._metrics = metrics
        self._batch_ids = batch_ids
        self._wait_seconds = wait_seconds
        self._limit = queued_requests
        self._queue: deque[_Waiting] = deque()
        self._ids = 0
        self._arrived = asyncio.Event()
        self._full = asyncio.Event()
        self._worker: asyncio.Task | None = None

    def start(self) -> None:
        """Begins to answer, on the running event loop."""
        self._worker = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends; requests that still wait are answered with 503."""
        if self._worker is not None:
            self._worker.cancel()
            await asyncio.gather(self._worker, return_exceptions=True)
        self._fail(self._take_all(), RequestError(503, "the service is shutting down"))

    async def submit(
        self, operation: str, key: Hashable, body: bytes, size: int
    ) -> tuple[int, bytes]:
        """Waits for the answer of one request.

        Args:
          operation: name of the operation.
          key: requests of equal keys can share a call.
          body: the request's JSON.
          size: its ids.

        Returns:
          HTTP status and JSON body.

        Raises:
          RequestError: 503 where too many wait, or the engine was lost.
        """
        if len(self._queue) >= self._limit:
            self._metrics.errors.labels("overloaded").inc()
            raise RequestError(503, f"{self._limit} requests wait already: try again later")
        answer = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(operation, key, body, size, time.monotonic(), answer))
        self._ids += size
        self._metrics.queued.set(len(self._queue))
        self._arrived.set()
        if self._ids >= self._batch_ids:
            self._full.set()
        return await answer

    async def _run(self) -> None:
        while True:
            await self._arrived.wait()
            await self._gather()
            batch = self._take()
            if not batch:
                continue
            started = time.monotonic()
            try:
                answers = await self._call(batch[0].operation, [entry.body for entry in batch])
            except EngineLostError as error:
                self._metrics.errors.labels("engine_lost").inc()
                self._fail(batch, RequestError(503, f"try again later: {error}"))
                continue
            except BaseException as error:
                # Whatever it was, nobody may wait for ever.
                self._fail(batch, RequestError(503, "the service is shutting down"))
                if not isinstance(error, Exception):
                    raise
                self._metrics.errors.labels("internal").inc()
                continue
            self._metrics.engine_seconds.observe(time.monotonic() - started)
            self._metrics.batch_requests.observe(len(batch))
            self._metrics.batch_ids.observe(sum(entry.size for entry in batch))
            for entry, answer in zip(batch, answers, strict=True):
                if not entry.answer.done():
                    entry.answer.set_result(answer)

    async def _gather(self) -> None:
        remaining = self._queue[0].since + self._wait_seconds - time.monotonic()
        if remaining > 0 and not self._full.is_set():
            try:
                async with asyncio.timeout(remaining):
                    await self._full.wait()
            except TimeoutError:
                pass

    def _take(self) -> list[_Waiting]:
        batch: list[_Waiting] = []
        left: deque[_Waiting] = deque()
        ids = 0
        for entry in self._take_all():
            if entry.answer.done():
                # Its client has given up.
                continue
            fits = not batch or (
                (entry.operation, entry.key) == (batch[0].operation, batch[0].key)
                and ids + entry.size <= self._batch_ids
            )
            if fits:
                batch.append(entry)
                ids += entry.size
            else:
                left.append(entry)
        self._queue = left
        self._ids = sum(entry.size for entry in left)
        if left:
            self._arrived.set()
            if self._ids >= self._batch_ids:
                self._full.set()
        self._metrics.queued.set(len(left))
        return batch

    def _take_all(self) -> deque[_Waiting]:
        taken, self._queue = self._queue, deque()
        self._ids = 0
        self._arrived.clear()
        self._full.clear()
        return taken

    @staticmethod
    def _fail(entries: Sequence[_Waiting], error: RequestError) -> None:
        for entry in entries:
            if not entry.answer.done():
                entry.answer.set_exception(error)
