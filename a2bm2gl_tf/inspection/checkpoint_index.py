"""What a TensorFlow checkpoint says of itself, read without TensorFlow.

`NAME.index` is a table of LevelDB's format (github.com/google/leveldb, doc/table_format.md):
blocks of entries whose keys share prefixes, an index of the blocks, and a footer. Its values are
`BundleHeaderProto` under the empty key and a `BundleEntryProto` for each tensor
(tensorflow/core/protobuf/tensor_bundle.proto), which says where in which data file the tensor lies.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

_MAGIC = struct.pack("<Q", 0xDB4775248B80FB57)
_FOOTER = 48
# A block is followed by its compression (0: none, all that TensorFlow writes) and a checksum.
_TRAILER = 5
# More data files than any checkpoint has; a damaged number must not fill the memory.
_MOST_SHARDS = 10_000
# Nor has any a longer name of a tensor, which every entry may repeat, or a number of more bytes.
_LONGEST_KEY, _LONGEST_NUMBER = 1 << 16, 10
_LARGEST = 1 << 28
# Fields of the two messages.
_NUM_SHARDS, _SHARD, _OFFSET, _SIZE = 1, 3, 4, 5


def shard_bytes(index: Path) -> dict[Path, int]:
    """The least size of each data file of a checkpoint, by its index.

    Args:
      index: `NAME.index`.

    Raises:
      ValueError: if it is not a whole index.
      OSError: if it cannot be read.
    """
    if index.stat().st_size > _LARGEST:
        raise ValueError("it is too large")
    content = index.read_bytes()
    if len(content) < _FOOTER or content[-len(_MAGIC) :] != _MAGIC:
        raise ValueError("its end is missing")
    try:
        entries = dict(_entries(content))
        count = _fields(entries.pop(b""))[_NUM_SHARDS]
        if count > _MOST_SHARDS:
            raise IndexError
        sizes = dict.fromkeys(range(count), 0)
        for value in entries.values():
            fields = _fields(value)
            shard, end = fields.get(_SHARD, 0), fields.get(_OFFSET, 0) + fields.get(_SIZE, 0)
            sizes[shard] = max(sizes[shard], end)
    except (IndexError, KeyError, struct.error) as error:
        raise ValueError("it is damaged") from error
    return {
        index.with_name(f"{index.stem}.data-{shard:05d}-of-{count:05d}"): size
        for shard, size in sizes.items()
    }


def _entries(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    footer = len(content) - _FOOTER
    _, _, place = _handle(content, footer)
    start, size, _ = _handle(content, place)
    end = 0
    for _, handle in _block(content, start, size):
        block_start, block_size, _ = _handle(handle, 0)
        # One after the other: read over and over, a small file would never end.
        if block_start < end:
            raise IndexError
        end = block_start + block_size
        yield from _block(content, block_start, block_size)


def _handle(content: bytes, place: int) -> tuple[int, int, int]:
    offset, place = _varint(content, place)
    size, place = _varint(content, place)
    return offset, size, place


def _block(content: bytes, start: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    stop = start + size
    if stop + _TRAILER > len(content) or content[stop] != 0:
        raise IndexError
    (restarts,) = struct.unpack_from("<I", content, stop - 4)
    stop -= 4 * (restarts + 1)
    key, place = b"", start
    while place < stop:
        shared, place = _varint(content, place)
        own, place = _varint(content, place)
        length, place = _varint(content, place)
        if shared + own > _LONGEST_KEY:
            raise IndexError
        key = key[:shared] + content[place : place + own]
        place += own
        yield key, content[place : place + length]
        place += length


def _fields(message: bytes) -> dict[int, int]:
    """The numbers of a protocol buffer by field; what is no number is passed over."""
    found, place = {}, 0
    while place < len(message):
        tag, place = _varint(message, place)
        wire = tag & 7
        if wire == 0:
            found[tag >> 3], place = _varint(message, place)
        elif wire == 2:
            length, place = _varint(message, place)
            place += length
        else:
            place += {1: 8, 5: 4}[wire]
    return found


def _varint(content: bytes, place: int) -> tuple[int, int]:
    value = 0
    for position in range(_LONGEST_NUMBER):
        byte = content[place + position]
        value |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            return value, place + position + 1
    raise IndexError
