import asyncio

import pytest

from a2bm2gl_tf.service.batching import Batcher
from a2bm2gl_tf.service.faults import EngineLostError, RequestError
from a2bm2gl_tf.service.metrics import ServiceMetrics


class Engine:
    """Answers each request with its own bytes, once it is let."""

    def __init__(self):
        self.calls = []
        self.free = asyncio.Event()
        self.free.set()
        self.fault = None

    async def call(self, operation, requests):
        self.calls.append((operation, list(requests)))
        await self.free.wait()
        if self.fault:
            raise self.fault
        return [(200, body) for body in requests]


def _run(test, **settings):
    async def run():
        engine = Engine()
        settings.setdefault("batch_ids", 100)
        settings.setdefault("wait_seconds", 0.02)
        settings.setdefault("queued_requests", 50)
        batcher = Batcher(engine.call, ServiceMetrics(), **settings)
        batcher.start()
        try:
            # A fault of the queue shows as somebody who waits for ever.
            async with asyncio.timeout(20):
                return await test(engine, batcher)
        finally:
            await batcher.stop()

    return asyncio.run(run())


def _submit(batcher, body, operation="recommend", key=True, size=1):
    return asyncio.create_task(batcher.submit(operation, key, body, size))


def test_requests_of_one_moment_share_a_call_and_keep_their_answers():
    async def test(engine, batcher):
        answers = await asyncio.gather(*(_submit(batcher, b"%d" % i) for i in range(20)))
        assert answers == [(200, b"%d" % i) for i in range(20)]
        assert engine.calls == [("recommend", [b"%d" % i for i in range(20)])]

    _run(test)


def test_other_operations_and_keys_have_calls_of_their_own():
    async def test(engine, batcher):
        await asyncio.gather(
            _submit(batcher, b"a"),
            _submit(batcher, b"b", operation="similar"),
            _submit(batcher, b"c", key=False),
            _submit(batcher, b"d"),
        )
        assert engine.calls == [
            ("recommend", [b"a", b"d"]),
            ("similar", [b"b"]),
            ("recommend", [b"c"]),
        ]

    _run(test)


def test_a_full_batch_does_not_wait_and_is_not_exceeded():
    async def test(engine, batcher):
        async with asyncio.timeout(5):
            await asyncio.gather(
                *(_submit(batcher, name, size=4) for name in (b"a", b"b", b"c", b"d"))
            )
        assert engine.calls == [("recommend", [b"a", b"b"]), ("recommend", [b"c", b"d"])]

    _run(test, batch_ids=8, wait_seconds=60)


def test_a_request_alone_waits_no_longer_than_it_was_told():
    async def test(engine, batcher):
        loop = asyncio.get_running_loop()
        started = loop.time()
        await _submit(batcher, b"a")
        assert 0.19 < loop.time() - started < 2

    _run(test, wait_seconds=0.2)


def test_requests_gather_while_the_engine_is_busy():
    async def test(engine, batcher):
        engine.free.clear()
        first = _submit(batcher, b"a")
        await asyncio.sleep(0.05)
        others = [_submit(batcher, b"%d" % i) for i in range(5)]
        await asyncio.sleep(0.05)
        assert len(engine.calls) == 1
        engine.free.set()
        await asyncio.gather(first, *others)
        assert [len(requests) for _, requests in engine.calls] == [1, 5]

    _run(test, wait_seconds=0)


def test_a_full_queue_is_answered_with_503():
    async def test(engine, batcher):
        engine.free.clear()
        first = _submit(batcher, b"a")
        await asyncio.sleep(0.02)
        waiting = [_submit(batcher, b"w") for _ in range(3)]
        await asyncio.sleep(0.02)
        with pytest.raises(RequestError, match="3 requests wait already") as refused:
            await batcher.submit("recommend", True, b"x", 1)
        assert refused.value.status == 503
        engine.free.set()
        assert [status for status, _ in await asyncio.gather(first, *waiting)] == [200] * 4

    _run(test, queued_requests=3, wait_seconds=0)


def test_what_nobody_waits_for_is_not_computed():
    async def test(engine, batcher):
        engine.free.clear()
        first = _submit(batcher, b"a")
        await asyncio.sleep(0.02)
        given_up, other = _submit(batcher, b"b"), _submit(batcher, b"c")
        await asyncio.sleep(0.02)
        given_up.cancel()
        engine.free.set()
        await asyncio.gather(first, other)
        assert [requests for _, requests in engine.calls] == [[b"a"], [b"c"]]

    _run(test, wait_seconds=0)


@pytest.mark.parametrize("fault", [EngineLostError("gone"), ValueError("a bug")])
def test_a_call_that_fails_fails_its_requests_alone(fault):
    async def test(engine, batcher):
        engine.fault = fault
        with pytest.raises(RequestError) as failed:
            await _submit(batcher, b"a")
        assert failed.value.status == 503
        engine.fault = None
        assert await _submit(batcher, b"b") == (200, b"b")

    _run(test)


def test_stopping_leaves_nobody_waiting():
    async def test(engine, batcher):
        engine.free.clear()
        tasks = [_submit(batcher, b"a"), _submit(batcher, b"b", key=False)]
        await asyncio.sleep(0.05)
        await batcher.stop()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [outcome.status for outcome in outcomes] == [503, 503]

    _run(test, wait_seconds=0)
