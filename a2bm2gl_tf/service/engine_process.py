"""The web process's side of an engine: start it, ask it, end it."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from a2bm2gl_tf.service import frames
from a2bm2gl_tf.service.description import ExportDescription
from a2bm2gl_tf.service.engine.process import EngineOrder
from a2bm2gl_tf.service.faults import EngineLostError, ExportRefusedError
from a2bm2gl_tf.service.settings import EngineSettings

_ROOT = Path(__file__).resolve().parents[2]


class EngineProcess:
    """A running engine. Made by `start_engine`.

    Calls are answered one at a time, in order.

    Args:
      process: the engine.
      reader, writer: this end of the socket pair.
      description: what the engine said of its export.
    """

    def __init__(
        self,
        process: subprocess.Popen,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        description: ExportDescription,
    ):
        self._process = process
        self._reader = reader
        self._writer = writer
        self._turn = asyncio.Lock()
        self.description = description

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    async def call(
        self, operation: str, requests: Sequence[bytes], seconds: float
    ) -> list[tuple[int, bytes]]:
        """Has requests of one operation answered.

        Args:
          operation: its name.
          requests: their JSON.
          seconds: how long to wait before the engine counts as lost.

        Returns:
          HTTP status and JSON body of each.

        Raises:
          EngineLostError: the engine ended or did not answer in time. It is of no use afterwards.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(seconds):
                    self._writer.write(frames.pack([operation.encode(), *requests]))
                    await self._writer.drain()
                    parts = await frames.receive_async(self._reader)
            except TimeoutError as error:
                raise EngineLostError(f"no answer in {seconds} s") from error
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                raise EngineLostError("the engine process has ended") from error
        return list(zip(map(int, parts[::2]), parts[1::2], strict=True))

    async def close(self) -> None:
        """Lets the call in progress end, then the process; one that hangs is killed."""
        async with self._turn:
            self._writer.close()
        await asyncio.to_thread(_end, self._process)

    async def kill(self) -> None:
        """Ends the process at once."""
        self._process.kill()
        self._writer.close()
        await asyncio.to_thread(self._process.wait)

    async def ended(self) -> int:
        """Waits for the process to end.

        Returns:
          Its exit status, negative for a signal.
        """
        while (status := self._process.poll()) is None:
            await asyncio.sleep(0.1)
        return status


async def start_engine(
    path: Path, settings: EngineSettings, *, in_background: bool
) -> EngineProcess:
    """Starts an engine and waits until it has loaded and checked an export.

    Args:
      path: the export.
      settings: how to serve it.
      in_background: whether loading gives way to everything else on the machine.

    Returns:
      The engine, ready for calls.

    Raises:
      ExportRefusedError: the export cannot be served; the process has ended.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.to_thread(_spawn, theirs)
    try:
        reader, writer = await asyncio.open_connection(sock=ours)
        order = EngineOrder(path=path, settings=settings, in_background=in_background)
        writer.write(frames.pack([order.model_dump_json().encode()]))
        verdict, text = await frames.receive_async(reader)
    except (asyncio.IncompleteReadError, ConnectionError):
        await asyncio.to_thread(_end, process)
        raise ExportRefusedError(
            f"{path} ended the engine that was loading it (status {process.returncode})"
        ) from None
    except BaseException:
        process.kill()
        process.wait()
        raise
    if verdict != b"ready":
        writer.close()
        await asyncio.to_thread(_end, process)
        raise ExportRefusedError(text.decode())
    return EngineProcess(process, reader, writer, ExportDescription.model_validate_json(text))


def _spawn(theirs: socket.socket) -> subprocess.Popen:
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    environment.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    return subprocess.Popen(
        [sys.executable, "-m", "a2bm2gl_tf.service.engine", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env=environment,
    )


def _end(process: subprocess.Popen) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
        return
    process.kill()
    process.wait()
