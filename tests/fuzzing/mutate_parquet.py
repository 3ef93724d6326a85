"""Damage to Parquet files: other types, claims of the footer, and bytes."""

import io
import random
import struct

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzzing.case import NUMBERS, Mutator


def _columns(rows: int, rng: random.Random) -> dict[str, pa.Array]:
    """Columns of types that a reader may not think of."""
    text = ["x", "", None, "\0", "7", "nan", "é" * 300]
    made = {
        "text": pa.array([rng.choice(text) for _ in range(rows)], pa.string()),
        "large": pa.array([rng.choice(text) for _ in range(rows)], pa.large_string()),
        "whole": pa.array([rng.choice((0, -1, 2**63 - 1, None)) for _ in range(rows)], pa.int64()),
        "unsigned": pa.array([rng.choice((0, 2**64 - 1)) for _ in range(rows)], pa.uint64()),
        "real": pa.array([rng.choice((0.5, float("nan"), 1e300, None)) for _ in range(rows)]),
        "nothing": pa.nulls(rows),
        "truth": pa.array([rng.choice((True, None)) for _ in range(rows)], pa.bool_()),
        "bytes": pa.array([rng.choice((b"\xff", b"", None)) for _ in range(rows)], pa.binary()),
        "day": pa.array([rng.choice((0, 2**31 - 1)) for _ in range(rows)], pa.date32()),
        "time": pa.array([rng.choice((0, 2**63 - 1, -(2**63))) for _ in range(rows)]).cast(
            pa.timestamp("us")
        ),
        "lists": pa.array(
            [rng.choice(([1.0], [], None, [None], [float("inf")])) for _ in range(rows)],
            pa.list_(pa.float64()),
        ),
        "fixed": pa.array([[1.0, 2.0]] * rows, pa.list_(pa.float32(), 2)),
        "texts": pa.array([rng.choice((["a"], [None], None)) for _ in range(rows)]).cast(
            pa.list_(pa.string())
        ),
        "nested": pa.array([[[1]]] * rows, pa.list_(pa.list_(pa.int8()))),
        "struct": pa.array([{"a": 1}] * rows),
        "map": pa.array([[("a", 1)]] * rows, pa.map_(pa.string(), pa.int64())),
        "decimal": pa.array([None] * rows, pa.decimal128(38, 10)),
        "coded": pa.array([rng.choice(text) for _ in range(rows)]).dictionary_encode(),
        "half": pa.array([rng.choice((0.5, None)) for _ in range(rows)]).cast(pa.float16()),
    }
    return made


def _retype(content: bytes, rng: random.Random) -> bytes:
    """Gives a column another type, or removes, repeats or renames one."""
    try:
        table = pq.read_table(io.BytesIO(content), use_threads=False)
    except Exception:
        return content
    if not table.num_columns:
        return content
    place = rng.randrange(table.num_columns)
    try:
        name = table.column_names[place]
        match rng.randrange(5):
            case 0 | 1 | 2:
                odd = _columns(table.num_rows, rng)
                table = table.set_column(place, name, odd[rng.choice(list(odd))])
            case 3:
                odd = rng.choice(("", "user", "item_id", "../x", "a\0b", "x" * 3000, "\u202e"))
                table = table.append_column(odd, table.column(place))
            case 4:
                table = rng.choice((table.remove_column(place), table.slice(0, 0)))
        file = io.BytesIO()
        options = {"compression": rng.choice(("none", "snappy", "zstd", "gzip"))}
        pq.write_table(table, file, row_group_size=rng.choice((1, 2, 100)), **options)
    except Exception:
        return content
    return file.getvalue()


def _footer(content: bytes, rng: random.Random) -> bytes:
    """Damages the footer, which says what is where, or its length."""
    if len(content) < 12:
        return content
    length = struct.unpack("<I", content[-8:-4])[0]
    if rng.random() < 0.15:
        claimed = struct.pack("<I", rng.choice(NUMBERS) % 2**32)
        return content[:-8] + claimed + content[-4:]
    start = max(0, len(content) - 8 - length)
    place = rng.randrange(start, len(content) - 8) if start < len(content) - 8 else 0
    damaged = bytearray(content)
    if rng.random() < 0.5:
        damaged[place] = rng.choice((0, 0xFF, 0x80, rng.randrange(256)))
    else:
        # Thrift writes numbers seven bits a byte.
        damaged[place : place + 1] = b"\xff" * rng.randint(1, 9) + b"\x01"
        damaged[-8:-4] = struct.pack("<I", (length + len(damaged) - len(content)) % 2**32)
    return bytes(damaged)


MUTATORS: tuple[Mutator, ...] = (_retype, _retype, *(_footer,) * 3)
