"""serve.py under load: latency, errors and memory while newer exports take over."""

import asyncio
import contextlib
import dataclasses
import gc
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import psutil
import uvloop
from tqdm import tqdm

from a2bm2gl_tf.benchmarks.open_loop import LoadRecord, Question, send_at_rate
from a2bm2gl_tf.errors import UserError

_ROOT = Path(__file__).resolve().parents[2]
_STARTING_SECONDS = 180
# A reload is over long before; what was counted before it is the steady state.
_RELOAD_SECONDS = 30.0
_WARM_UP_SECONDS = 2.0
_TOLD_OF_THE_PLAN = ("rate", "seconds", "reloads", "k", "similar_share", "server_flags")


@dataclasses.dataclass(frozen=True)
class LoadPlan:
    """What to put a service through.

    Attributes:
      rate: requests a second.
      seconds: for how long.
      reloads: newer exports, evenly over that time.
      k: places a list.
      users: ids to ask for.
      items: likewise.
      similar_share: share of requests for similar items; the others are for recommendations.
      server_flags: more flags of serve.py.
    """

    rate: float
    seconds: float
    reloads: int
    k: int
    users: Sequence[int | str]
    items: Sequence[int | str]
    similar_share: float = 0.2
    server_flags: tuple[str, ...] = ()


def measure_service(export: Path, workspace: Path, plan: LoadPlan) -> dict[str, Any]:
    """Serves an export to `plan` and reports.

    Args:
      export: with the ids of `plan`, and more items than `plan.k` for everyone.
      workspace: an empty folder for copies of the export.
      plan: what to do.

    Returns:
      JSON-able: latencies of all requests and of those during reloads, faults, memory.

    Raises:
      UserError: serve.py did not start.
    """
    versions = workspace / "versions"
    shutil.copytree(export, versions / "1")
    staged = [workspace / "staged" / str(number + 2) for number in range(plan.reloads)]
    for copy in staged:
        shutil.copytree(export, copy)
    with _served(versions, plan.server_flags) as (process, url):
        uvloop.run(send_at_rate(url, _Questions(plan).ask, plan.rate, _WARM_UP_SECONDS))
        # The client's own pauses would count as the server's.
        gc.collect()
        gc.freeze()
        return uvloop.run(_run(url, psutil.Process(process.pid), staged, versions, plan))


async def _run(
    url: str, server: psutil.Process, staged: Sequence[Path], versions: Path, plan: LoadPlan
) -> dict[str, Any]:
    questions = _Questions(plan)
    started = time.perf_counter()
    memory: list[tuple[float, int, int]] = []
    moments = [plan.seconds * (i + 1) / (len(staged) + 1) for i in range(len(staged))]
    watching = asyncio.create_task(_watch_memory(server, started, plan.seconds, memory))
    moving = asyncio.create_task(_publish(staged, versions, moments, started))
    before, client_before = _processor_seconds(server), time.process_time()
    record = await send_at_rate(url, questions.ask, plan.rate, plan.seconds)
    after, client_after = _processor_seconds(server), time.process_time()
    watching.cancel()
    await moving
    return {
        "plan": {name: getattr(plan, name) for name in _TOLD_OF_THE_PLAN},
        "all": record.percentiles(),
        "during_reloads": _during(record, moments),
        "client_started_late_p99_ms": round(1000 * float(np.percentile(record.late_starts, 99)), 2),
        "cores": {
            "server": round((after - before) / plan.seconds, 3),
            "client": round((client_after - client_before) / plan.seconds, 3),
        },
        "faults": dict(record.faults),
        "answers_by_export": dict(questions.exports),
        "memory": _memory_report(memory, moments),
        "memory_mib_by_second": [[round(t), total] for t, total, _ in memory],
    }


class _Questions:
    """Random requests of a plan, and the exports that answered them."""

    def __init__(self, plan: LoadPlan):
        rng = np.random.default_rng(0)
        count = round(plan.rate * plan.seconds) + 1
        self._similar = rng.random(count) < plan.similar_share
        self._plan = plan
        self._user_rows = rng.integers(len(plan.users), size=count)
        self._item_rows = rng.integers(len(plan.items), size=count)
        self._k = plan.k
        self.exports: dict[str, int] = {}

    def ask(self, number: int) -> Question:
        """The request of this number."""
        number %= len(self._user_rows)
        if self._similar[number]:
            body = {"item_ids": [self._plan.items[self._item_rows[number]]], "k": self._k}
            return Question("/similar", orjson.dumps(body), self._check)
        body = {"user_ids": [self._plan.users[self._user_rows[number]]], "k": self._k}
        return Question("/recommend", orjson.dumps(body), self._check)

    def _check(self, status: int, body: bytes) -> str:
        if status != 200:
            return f"status {status}"
        answer = orjson.loads(body)
        self.exports[answer["export"]] = self.exports.get(answer["export"], 0) + 1
        (result,) = answer["results"]
        return "" if result["known"] and len(result["items"]) == self._k else "incomplete list"


@contextlib.contextmanager
def _served(export_dir: Path, flags: Sequence[str]) -> Iterator[tuple[subprocess.Popen, str]]:
    log = export_dir.parent / "serve.log"
    with open(log, "wb") as file:
        process = subprocess.Popen(
            [
                sys.executable,
                str(_ROOT / "run_scripts" / "serve.py"),
                f"--export_dir={export_dir}",
                "--port=0",
                *flags,
            ],
            stderr=file,
        )
    try:
        yield process, _address(process, log)
        process.terminate()
        if process.wait(timeout=60) != 0:
            raise UserError(f"serve.py ended with status {process.returncode}: see {log}")
    finally:
        process.kill()
        process.wait()


def _address(process: subprocess.Popen, log: Path) -> str:
    until = time.monotonic() + _STARTING_SECONDS
    while time.monotonic() < until and process.poll() is None:
        found = re.search(r"listening on (\S+)", log.read_text(errors="replace"))
        if found:
            return found[1]
        time.sleep(0.1)
    lines = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
    raise UserError(f"serve.py did not start: {lines[-1]}")


async def _publish(
    staged: Sequence[Path], versions: Path, moments: Sequence[float], started: float
) -> None:
    for source, moment in zip(staged, moments, strict=True):
        await asyncio.sleep(started + moment - time.perf_counter())
        os.rename(source, versions / source.name)


async def _watch_memory(
    server: psutil.Process, started: float, seconds: float, memory: list[tuple[float, int, int]]
) -> None:
    with tqdm(total=round(seconds), unit="s", desc="load", disable=None) as bar:
        while True:
            sizes = []
            for process in [server, *server.children()]:
                with contextlib.suppress(psutil.NoSuchProcess):
                    sizes.append(process.memory_info().rss)
            elapsed = time.perf_counter() - started
            memory.append((elapsed, sum(sizes) >> 20, len(sizes)))
            bar.update(min(round(elapsed), bar.total) - bar.n)
            await asyncio.sleep(1)


def _processor_seconds(server: psutil.Process) -> float:
    """Of the web process and its engines, those that have ended among them."""
    total = sum(server.cpu_times()[:4])
    for process in server.children():
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:2])
    return total


def _during(record: LoadRecord, moments: Sequence[float]) -> list[dict[str, float]]:
    return [record.percentiles(moment, moment + _RELOAD_SECONDS) for moment in moments]


def _memory_report(
    memory: Sequence[tuple[float, int, int]], moments: Sequence[float]
) -> dict[str, Any]:
    """MiB of the web process and one engine together, at the end of each stretch of one export."""
    settled = []
    for since, until in zip([0.0, *moments], [*moments, np.inf], strict=True):
        alone = [total for t, total, processes in memory if since <= t < until and processes == 2]
        settled.append(alone[-1] if alone else None)
    return {
        "settled_mib": settled,
        "peak_mib": max(total for _, total, _ in memory),
    }
