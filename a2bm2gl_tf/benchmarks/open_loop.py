"""Requests at a fixed rate, whatever becomes of them, and how long each was late.

A client that waits for an answer before it asks again spares a server that stalls (coordinated
omission). Here request i is due at i / rate, and its latency counts from then.
"""

import asyncio
import collections
import dataclasses
import time
from collections.abc import Callable

import aiohttp
import numpy as np


@dataclasses.dataclass(frozen=True)
class Question:
    """One request.

    Attributes:
      path: such as "/recommend".
      body: its JSON.
      check: given status and body, names what is wrong with the answer, or returns "".
    """

    path: str
    body: bytes
    check: Callable[[int, bytes], str]


@dataclasses.dataclass
class LoadRecord:
    """What happened.

    Attributes:
      due: seconds from the start at which each request was due, in order of completion.
      latencies: seconds from then until its answer was read.
      faults: how often each fault occurred.
      late_starts: seconds by which the client itself was behind its schedule.
    """

    due: list[float] = dataclasses.field(default_factory=list)
    latencies: list[float] = dataclasses.field(default_factory=list)
    faults: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    late_starts: list[float] = dataclasses.field(default_factory=list)

    def percentiles(self, since: float = 0.0, until: float = np.inf) -> dict[str, float]:
        """Milliseconds of requests due in [since, until): p50, p95, p99, max and their number."""
        due = np.array(self.due)
        chosen = 1000 * np.array(self.latencies)[(due >= since) & (due < until)]
        if not len(chosen):
            return {"requests": 0}
        p50, p95, p99 = np.percentile(chosen, (50, 95, 99))
        return {
            "requests": len(chosen),
            "p50_ms": round(float(p50), 2),
            "p95_ms": round(float(p95), 2),
            "p99_ms": round(float(p99), 2),
            "max_ms": round(float(chosen.max()), 2),
        }


async def send_at_rate(
    url: str, questions: Callable[[int], Question], rate: float, seconds: float
) -> LoadRecord:
    """Sends rate x seconds requests and waits for their answers.

    Args:
      url: of the server, without a path.
      questions: the i-th request.
      rate: requests a second.
      seconds: duration of the schedule.

    Returns:
      Latencies and faults of all of them.
    """
    record = LoadRecord()
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
    timeout = aiohttp.ClientTimeout(total=30)
    async with aiohttp.ClientSession(url, connector=connector, timeout=timeout) as session:
        running: set[asyncio.Task] = set()
        start = time.perf_counter()
        for number in range(round(rate * seconds)):
            due = number / rate
            ahead = start + due - time.perf_counter()
            if ahead > 0:
                await asyncio.sleep(ahead)
            task = asyncio.create_task(_ask(session, questions(number), start, due, record))
            running.add(task)
            task.add_done_callback(running.discard)
        await asyncio.gather(*running)
    return record


async def _ask(
    session: aiohttp.ClientSession, question: Question, start: float, due: float, record: LoadRecord
) -> None:
    record.late_starts.append(time.perf_counter() - start - due)
    try:
        async with session.post(question.path, data=question.body) as answer:
            fault = question.check(answer.status, await answer.read())
    except (aiohttp.ClientError, TimeoutError) as error:
        fault = type(error).__name__
    record.latencies.append(time.perf_counter() - start - due)
    record.due.append(due)
    if fault:
        record.faults[fault] += 1
