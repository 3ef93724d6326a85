"""Messages between the web process and the engine: lists of byte strings on a socket pair."""

import asyncio
import socket
import struct
from collections.abc import Sequence

_NUMBER = struct.Struct("<I")


def pack(parts: Sequence[bytes]) -> bytes:
    """The number of parts, their lengths (uint32, little-endian) and the parts."""
    lengths = [len(parts), *map(len, parts)]
    return b"".join([*map(_NUMBER.pack, lengths), *parts])


def receive(connection: socket.socket) -> list[bytes] | None:
    """Waits for one message.

    Returns:
      Its parts, or None where the other side is gone.
    """
    try:
        (count,) = _NUMBER.unpack(_exactly(connection, _NUMBER.size))
        lengths = struct.unpack(f"<{count}I", _exactly(connection, count * _NUMBER.size))
        return [_exactly(connection, length) for length in lengths]
    except (EOFError, ConnectionError):
        return None


async def receive_async(reader: asyncio.StreamReader) -> list[bytes]:
    """As `receive`, on an event loop.

    Raises:
      asyncio.IncompleteReadError: the other side is gone.
      ConnectionError: likewise.
    """
    (count,) = _NUMBER.unpack(await reader.readexactly(_NUMBER.size))
    lengths = struct.unpack(f"<{count}I", await reader.readexactly(count * _NUMBER.size))
    return [await reader.readexactly(length) for length in lengths]


def _exactly(connection: socket.socket, length: int) -> bytes:
    received = bytearray()
    while len(received) < length:
        block = connection.recv(length - len(received))
        if not block:
            raise EOFError
        received += block
    return bytes(received)
