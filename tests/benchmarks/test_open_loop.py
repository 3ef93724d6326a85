import asyncio

import pytest
from aiohttp import web

from a2bm2gl_tf.benchmarks.open_loop import LoadRecord, Question, send_at_rate

STALL = 0.6


def _check(status, body):
    return "" if (status, body) == (200, b"ok") else f"status {status}"


def _send(answer, rate, seconds):
    async def run():
        application = web.Application()
        application.router.add_post("/ask", answer)
        runner = web.AppRunner(application)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = site._server.sockets[0].getsockname()[1]
        try:
            return await send_at_rate(
                f"http://127.0.0.1:{port}",
                lambda number: Question("/ask", b"%d" % number, _check),
                rate,
                seconds,
            )
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def test_a_stall_makes_all_requests_late_that_were_due_in_it():
    turn = asyncio.Lock()

    async def answer(request):
        # One at a time, and the first one takes long: the others wait behind it.
        async with turn:
            if await request.read() == b"0":
                await asyncio.sleep(STALL)
        return web.Response(body=b"ok")

    record = _send(answer, rate=50, seconds=1)
    assert not record.faults
    latency = dict(zip([round(50 * due) for due in record.due], record.latencies, strict=True))
    assert len(latency) == 50
    # A client that waited for each answer would have seen one slow request; here request i, due at
    # i / 50 s, waits for what is left of the stall.
    for number in (0, 5, 10, 20):
        assert latency[number] >= STALL - number / 50 - 0.01
    assert record.percentiles()["p50_ms"] >= 1000 * (STALL - 25 / 50) * 0.5
    assert record.percentiles(since=0.9)["requests"] == 5


def test_faults_are_counted_and_their_time_too():
    async def answer(request):
        number = int(await request.read())
        if number % 5 == 0:
            return web.Response(status=503)
        if number % 5 == 1:
            request.transport.abort()
        return web.Response(body=b"ok")

    record = _send(answer, rate=200, seconds=0.1)
    assert record.faults["status 503"] == 4
    assert sum(record.faults.values()) == 8
    assert len(record.latencies) == 20


def test_percentiles_by_hand():
    record = LoadRecord(due=[0.0, 1.0, 2.0, 3.0], latencies=[0.001, 0.002, 0.003, 0.1])
    assert record.percentiles(0, 3) == {
        "requests": 3,
        "p50_ms": 2.0,
        "p95_ms": pytest.approx(2.9),
        "p99_ms": pytest.approx(2.98),
        "max_ms": 3.0,
    }
    assert record.percentiles(5, 6) == {"requests": 0}
