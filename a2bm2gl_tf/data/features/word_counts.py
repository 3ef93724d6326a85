"""Bags of words as files hold them: numbers joined by commas, or pairs of item and word."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import scipy.sparse as sp

from a2bm2gl_tf.data.features.content import WordCounts
from a2bm2gl_tf.data.reading.columns import Columns
from a2bm2gl_tf.errors import UserError

_BLOCK = 1 << 16
_NO_WORD = "0"
# Nineteen digits could overflow int64.
_JOINED = r"^([0-9]{1,18}(,[0-9]{1,18})*)?$"


def joined_word_counts(
    name: str, item_ids: np.ndarray, columns: Columns, column: str, source: Path
) -> WordCounts:
    """Counts the words of every item that has any.

    Args:
      name: name of the modality.
      item_ids: (n,), none twice.
      columns: what was read of the file.
      column: name of its column of text, such as "17,4,17"; word 0 and an empty text stand for
        none.
      source: the file, for messages.

    Returns:
      The counts; columns are the words that occur, by ascending number.

    Raises:
      UserError: naming the first row that holds something else than words.
    """
    lengths, words = [], []
    for start in range(0, columns.records, _BLOCK):
        texts = pa.array(columns[column][start : start + _BLOCK], pa.string())
        plain = pc.match_substring_regex(texts, _JOINED).to_numpy(zero_copy_only=False)
        if not plain.all():
            record = start + int(plain.argmin())
            raise UserError(
                f"{source}: row {columns.row(record)}: column {column}: "
                f"{str(columns[column][record])[:40]!r} is not word numbers joined by commas "
                '(or "0" for none); mend the row'
            )
        lists = pc.split_pattern(texts, ",")
        rows = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False)
        flat = pc.list_flatten(lists)
        kept = pc.and_(pc.not_equal(flat, _NO_WORD), pc.not_equal(flat, ""))
        lengths.append(np.bincount(rows[kept.to_numpy(zero_copy_only=False)], minlength=len(texts)))
        words.append(pc.cast(flat.filter(kept), pa.int64()).to_numpy())
    sizes = np.concatenate([np.empty(0, np.int64), *lengths])
    vocabulary, positions = np.unique(
        np.concatenate([np.empty(0, np.int64), *words]), return_inverse=True
    )
    counts = sp.csr_matrix(
        (
            np.ones(len(positions), np.float32),
            positions,
            np.concatenate([[0], np.cumsum(sizes)]),
        ),
        shape=(len(sizes), len(vocabulary)),
    )
    counts.sum_duplicates()
    present = sizes > 0
    return WordCounts(name, item_ids[present], source, counts[present])


def pair_word_counts(
    name: str, items: np.ndarray, words: np.ndarray, source: Path, counts: np.ndarray | None = None
) -> WordCounts:
    """Counts the words of items from a list of pairs.

    Args:
      name: name of the modality.
      items: (n,) the item of each pair; int64 or object of str.
      words: int64 (n,) its word, any number.
      source: the file, for messages.
      counts: float32 (n,) how often, positive; once if None. A pair that is there twice adds up.

    Returns:
      The counts of the items that occur; columns are the words that occur, by ascending number.
    """
    item_ids, rows = np.unique(items, return_inverse=True)
    vocabulary, columns = np.unique(words, return_inverse=True)
    weights = np.ones(len(items), np.float32) if counts is None else counts.astype(np.float32)
    matrix = sp.csr_matrix((weights, (rows, columns)), shape=(len(item_ids), len(vocabulary)))
    matrix.sum_duplicates()
    return WordCounts(name, item_ids, source, matrix)
