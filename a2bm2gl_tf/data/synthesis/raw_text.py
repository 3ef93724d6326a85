"""Writing large text files block by block: numbers become text in compiled code, not in a loop."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from a2bm2gl_tf.data.reading.progress import progress_bar

_TABLE_ROWS = 2**17


def write_table(
    path: Path,
    num_rows: int,
    columns: Callable[[slice], Sequence[np.ndarray]],
) -> None:
    """Writes whole numbers as tab-separated values without a header.

    Args:
      path: the file, written anew.
      num_rows: n.
      columns: gives the integer columns of a range of rows, each (b,).
    """

    def lines(rows: slice) -> pa.Array:
        return joined([pa.array(column).cast(pa.string()) for column in columns(rows)], "\t")

    write_lines(path, num_rows, lines, _TABLE_ROWS)


def write_lines(
    path: Path, num_rows: int, lines: Callable[[slice], pa.Array], block_rows: int
) -> None:
    """Writes lines of text, a block at a time, with a progress bar.

    Args:
      path: the file, written anew as UTF-8.
      num_rows: n.
      lines: gives the lines of a range of rows, strings (b,) without the line break.
      block_rows: rows held at a time.
    """
    with path.open("wb") as file, progress_bar(num_rows, "line", path.name) as bar:
        for start in range(0, num_rows, block_rows):
            rows = slice(start, min(start + block_rows, num_rows))
            ended = pc.binary_join_element_wise(lines(rows), "", "\n")
            # The characters of a column lie one after another, so they are the file's bytes.
            _, offsets, characters = ended.buffers()
            ends = np.frombuffer(offsets, np.int32)[ended.offset : ended.offset + len(ended) + 1]
            file.write(memoryview(characters)[ends[0] : ends[-1]])
            bar.update(rows.stop - rows.start)


def joined(pieces: Sequence, separator: str = "") -> pa.Array:
    """Joins strings (b,), or single strings that stand in every row, row by row."""
    return pc.binary_join_element_wise(*pieces, separator)


def joined_lists(values: pa.Array, offsets: np.ndarray, separator: str) -> pa.Array:
    """Joins the strings of lists that lie one after another.

    Args:
      values: strings (n,).
      offsets: integer (b + 1,), list i reaches from offsets[i] to offsets[i + 1].
      separator: what stands between the strings of a list.

    Returns:
      Strings (b,); an empty list gives "".
    """
    bounds = np.asarray(offsets - offsets[0], np.int32)
    used = values.slice(int(offsets[0]), int(offsets[-1] - offsets[0]))
    return pc.binary_join(pa.ListArray.from_arrays(bounds, used), separator)


def numbers(values: np.ndarray, decimals: int | None = None) -> pa.Array:
    """Numbers as the shortest text that reads back the same.

    Args:
      values: (n,), finite.
      decimals: round to so many decimals; None leaves the numbers alone.

    Returns:
      Strings (n,).
    """
    if decimals is not None:
        # Adding 0 turns -0 into 0.
        values = np.round(values, decimals).astype(np.float32) + np.float32(0)
    return pa.array(values).cast(pa.string())


def vectors(rows: np.ndarray, decimals: int) -> pa.Array:
    """Rows of numbers as "[a, b, ...]", strings (b,), from (b, f)."""
    offsets = np.arange(len(rows) + 1) * rows.shape[1]
    return joined(["[", joined_lists(numbers(rows.ravel(), decimals), offsets, ", "), "]"])
