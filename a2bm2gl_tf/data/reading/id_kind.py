"""Columns of ids: any text, each distinct one stored once."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from a2bm2gl_tf.data.reading.column_kind import BadValueError, ColumnKind
from a2bm2gl_tf.data.reading.columns import IdColumn

_CANONICAL = r"^(0|-?[1-9][0-9]*)$"
# Characters of a whole number that certainly fits 64 bits, and of the longest that does.
_ALWAYS_FITS, _LONGEST = 18, 20


class IdKind(ColumnKind):
    """Any text but the empty one; becomes an `IdColumn`."""

    text_type = pa.dictionary(pa.int32(), pa.string())

    def add(self, values: pa.Array) -> None:
        """See base class; whole numbers are taken as they would be printed."""
        if not pa.types.is_dictionary(values.type):
            values = pc.dictionary_encode(values)
        words = pc.cast(values.dictionary, pa.string())
        if values.null_count or words.null_count or pc.any(pc.equal(words, "")).as_py():
            raise BadValueError
        codes = pc.cast(values.indices, pa.int32())
        self._chunks.append(pa.DictionaryArray.from_arrays(codes, words))

    def finish(self) -> IdColumn:
        """See base class."""
        whole = pa.chunked_array(self._chunks, self.text_type).unify_dictionaries()
        self._chunks = []
        if not whole.num_chunks:
            return IdColumn(np.empty(0, np.int64), np.empty(0, np.int32))
        codes = np.concatenate([chunk.indices.to_numpy() for chunk in whole.chunks])
        ids = canonical_ids(whole.chunk(whole.num_chunks - 1).dictionary)
        order = np.argsort(ids, kind="stable")
        positions = np.empty(len(ids), np.int32)
        positions[order] = np.arange(len(ids), dtype=np.int32)
        return IdColumn(ids[order], positions[codes])

    def fault(self, value: str) -> str | None:
        """See base class."""
        return None if value else "the id is empty; fill it in or remove the row"


def canonical_ids(words: pa.Array) -> np.ndarray:
    """Ids as int64 (n,) if every one is a canonical whole number that fits, else object of str."""
    if pc.all(pc.match_substring_regex(words, _CANONICAL)).as_py():
        try:
            return pc.cast(words, pa.int64()).to_numpy()
        except pa.ArrowInvalid:
            pass  # At least one is beyond 64 bits, so all stay text.
    return words.to_numpy(zero_copy_only=False).astype(object)


def canonical_words(words: pa.Array) -> np.ndarray:
    """Which of some texts, bool (n,), are canonical whole numbers that fit int64."""
    fits = pc.match_substring_regex(words, _CANONICAL).to_numpy(zero_copy_only=False).copy()
    lengths = pc.utf8_length(words).to_numpy()
    for position in np.flatnonzero(fits & (lengths > _ALWAYS_FITS)):
        fits[position] = lengths[position] <= _LONGEST and (
            -(2**63) <= int(words[int(position)].as_py()) < 2**63
        )
    return fits
