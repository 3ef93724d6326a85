import asyncio
import contextlib
from pathlib import Path
from types import SimpleNamespace

import pytest

from a2bm2gl_tf.errors import UserError
from a2bm2gl_tf.service import export_keeper
from a2bm2gl_tf.service.export_keeper import ExportKeeper
from a2bm2gl_tf.service.faults import EngineLostError, ExportRefusedError
from a2bm2gl_tf.service.metrics import ServiceMetrics
from a2bm2gl_tf.service.versions import ExportVersion


class Engine:
    def __init__(self, name):
        self.name = name
        self.description = SimpleNamespace(num_users=1, num_items=1, load_seconds=0.0)
        self.closed = asyncio.Event()
        self.lost = asyncio.Event()
        self.turn = asyncio.Lock()
        self.gate = asyncio.Event()
        self.gate.set()

    async def call(self, operation, requests, seconds):
        async with self.turn:
            await self.gate.wait()
            if self.lost.is_set():
                raise EngineLostError("lost")
            return [(200, self.name.encode())]

    async def close(self):
        async with self.turn:
            self.closed.set()

    async def kill(self):
        self.lost.set()

    async def ended(self):
        await self.lost.wait()
        return -9


class World:
    """Exports on an imagined disk, and the engines that were started for them."""

    def __init__(self, *names):
        self.versions = []
        self.broken = set()
        self.engines = []
        self.started = []
        self.slow = None
        for name in names:
            self.add(name)

    def add(self, name, content=0):
        self.versions = [v for v in self.versions if v.name != name]
        self.versions.insert(0, ExportVersion(Path("/exports", name), (("f", content, 0, 0),)))

    async def start(self, version, in_background):
        self.started.append((version.name, in_background))
        if self.slow is not None:
            await self.slow(in_background)
        if version.name in self.broken:
            raise ExportRefusedError(f"{version.name} is broken")
        self.engines.append(Engine(version.name))
        return self.engines[-1]


def _run(world, test, poll_seconds=0.0, background_seconds=60.0):
    async def run():
        keeper = ExportKeeper(
            lambda: list(world.versions),
            world.start,
            ServiceMetrics(),
            poll_seconds,
            background_seconds,
        )
        await keeper.open()
        try:
            async with asyncio.timeout(20):
                await test(keeper)
        finally:
            await keeper.close()

    asyncio.run(run())


async def _answer(keeper):
    ((_, name),) = await keeper.call("recommend", [b""])
    return name.decode()


def test_a_newer_export_takes_over_and_the_call_in_progress_ends_on_the_old_one():
    world = World("1")

    async def test(keeper):
        old = world.engines[0]
        old.gate.clear()
        in_flight = asyncio.create_task(_answer(keeper))
        await asyncio.sleep(0.01)
        world.add("2")
        assert (await keeper.reload()).changed
        assert await _answer(keeper) == "2"
        assert not old.closed.is_set()
        old.gate.set()
        assert await in_flight == "1"
        await old.closed.wait()
        assert world.started == [("1", False), ("2", True)]
        assert not (await keeper.reload()).changed

    _run(world, test)


def test_the_watcher_notices_by_itself():
    world = World("1")

    async def test(keeper):
        world.add("2")
        while await _answer(keeper) != "2":
            await asyncio.sleep(0.01)

    _run(world, test, poll_seconds=0.02)


def test_a_broken_newer_export_is_refused_once_and_tried_again_when_it_changes(caplog):
    world = World("1")

    async def test(keeper):
        world.add("2")
        world.broken.add("2")
        for _ in range(3):
            outcome = await keeper.reload()
            assert (outcome.changed, outcome.refused) == (False, ("2 is broken",))
        assert await _answer(keeper) == "1"
        assert [name for name, _ in world.started] == ["1", "2"]
        world.broken.clear()
        world.add("2", content=1)
        assert (await keeper.reload()).changed
        assert await _answer(keeper) == "2"

    _run(world, test)
    assert [r.getMessage() for r in caplog.records if r.levelname == "ERROR"] == [
        "export 2 is refused: 2 is broken"
    ]


def test_starting_falls_back_to_the_export_before_a_broken_one():
    world = World("1", "2")
    world.broken.add("2")

    async def test(keeper):
        assert await _answer(keeper) == "1"

    _run(world, test)


def test_nothing_to_serve_is_an_error_that_says_why():
    world = World("1")
    world.broken.add("1")
    with pytest.raises(UserError, match="nothing to serve: 1 is broken"):
        _run(world, None)
    with pytest.raises(UserError, match="no complete SavedModel"):
        _run(World(), None)


def test_removing_the_newest_goes_back_to_the_one_before():
    world = World("1", "2")

    async def test(keeper):
        world.versions.pop(0)
        await keeper.reload()
        assert await _answer(keeper) == "1"
        # With nothing left on disk the loaded one goes on.
        world.versions.clear()
        await keeper.reload()
        assert await _answer(keeper) == "1"

    _run(world, test)


def test_an_export_that_changes_while_it_is_loaded_is_not_served():
    world = World("1")

    async def test(keeper):
        world.add("2")

        async def rewrite(in_background):
            world.add("2", content=1)

        world.slow = rewrite
        outcome = await keeper.reload()
        assert "changed while it was being loaded" in outcome.refused[0]
        assert await _answer(keeper) == "1"
        world.slow = None
        assert (await keeper.reload()).changed

    _run(world, test)


def test_a_lost_engine_is_started_again(monkeypatch):
    monkeypatch.setattr(export_keeper, "_RESTART_SECONDS", 0.02)
    world = World("1")

    async def test(keeper):
        # The watcher has begun to wait by now, and nothing but the loss wakes it up.
        await asyncio.sleep(0.05)
        world.engines[0].lost.set()
        with pytest.raises(EngineLostError):
            await _answer(keeper)
        answer = None
        while answer is None:
            await asyncio.sleep(0.01)
            with contextlib.suppress(EngineLostError):
                answer = await _answer(keeper)
        assert answer == "1"
        assert world.started == [("1", False), ("1", False)]

    _run(world, test)


def test_a_machine_without_idle_time_loads_at_normal_priority():
    world = World("1")

    async def test(keeper):
        async def starve(in_background):
            await asyncio.sleep(60 if in_background else 0)

        world.slow = starve
        world.add("2")
        await keeper.reload()
        assert await _answer(keeper) == "2"
        assert world.started[1:] == [("2", True), ("2", False)]

    _run(world, test, background_seconds=0.05)


def test_background_loading_can_be_left_out():
    world = World("1")

    async def test(keeper):
        world.add("2")
        await keeper.reload()
        assert world.started[1:] == [("2", False)]

    _run(world, test, background_seconds=0.0)
