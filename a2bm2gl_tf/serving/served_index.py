"""What is served, as variables and tables: rows by original id, and what stands in them."""

import numpy as np
import tensorflow as tf

from a2bm2gl_tf.serving.fold_in_graph import listed_items
from a2bm2gl_tf.serving.index import EmbeddingIndex


class ServedIndex(tf.Module):
    """The contents of an `EmbeddingIndex`, looked up in a graph.

    Everything large is a variable, because constants count towards the 2 GiB a graph may hold; only
    the keys of the two id tables are constants.

    Args:
      index: what to serve.

    Attributes:
      user_ids: (U,) original ids, int64 or string.
      item_ids: (V,) likewise.
      item_titles: (V,) texts.
    """

    def __init__(self, index: EmbeddingIndex):
        super().__init__(name="serving")
        self.user_ids = _variable(index.user_ids, "user_ids")
        self.item_ids = _variable(index.item_ids, "item_ids")
        self._user_rows = _row_table(index.user_ids)
        self._item_rows = _row_table(index.item_ids)
        self.item_titles = _variable(np.array(index.item_titles, dtype=object), "titles")
        self._users = _variable(index.user_embeddings, "user_embeddings")
        self._items = _variable(index.item_embeddings, "item_embeddings")
        self._inverse_norms = _variable(_inverse_norms(index.item_embeddings), "inverse_norms")
        self._popularity = _variable(index.popularity, "popularity")
        self._seen_offsets = _variable(index.seen.indptr.astype(np.int64), "seen_offsets")
        self._seen_items = _variable(index.seen.indices.astype(np.int64), "seen_items")
        self._no_item = tf.constant(index.no_item, self.item_ids.dtype)

    def embedded_users(self, user_ids: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """E_u by original id, float32 (n, d), 0 where unknown, and bool (n,) known."""
        rows, known = self.find_users(user_ids)
        return tf.where(known[:, tf.newaxis], tf.gather(self._users, rows), 0.0), known

    def items_seen_by(self, user_ids: tf.Tensor) -> tf.RaggedTensor:
        """Rows of the items that users have seen, int64, ragged (n, None), none where unknown."""
        return self._seen(*self.find_users(user_ids))

    def find_users(self, user_ids: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Rows of original ids, int64, 0 where unknown, and bool known."""
        return _find(self._user_rows, user_ids)

    def find_items(self, item_ids: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Rows of original ids, int64, 0 where unknown, and bool known."""
        return _find(self._item_rows, item_ids)

    def listed_items(self, item_ids: tf.Tensor) -> tf.RaggedTensor:
        """Rows of padded lists of original ids, int64, ragged (n, None), each known one once."""
        rows, counted = listed_items(self._item_rows, item_ids, self._no_item)
        return tf.ragged.boolean_mask(rows, counted)

    def embedded_items(self, rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """E_v, float32 (n, d), and 1 / |E_v|, float32 (n,), 0 for a zero row."""
        return tf.gather(self._items, rows), tf.gather(self._inverse_norms, rows)

    def named_items(self, rows: tf.Tensor, empty: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Original ids and titles of item rows, with -1 or "", and "", at empty places."""
        return (
            tf.where(empty, self._no_item, tf.gather(self.item_ids, rows)),
            tf.where(empty, "", tf.gather(self.item_titles, rows)),
        )

    def _embed_items(self, item_ids: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """E_v by original id, float32 (n, d), 0 where unknown, and bool (n,) known."""
        rows, known = self.find_items(item_ids)
        return tf.where(known[:, tf.newaxis], tf.gather(self._items, rows), 0.0), known

    def _seen(self, rows: tf.Tensor, counted: tf.Tensor) -> tf.RaggedTensor:
        """Item rows that users have seen; nothing of users who do not count."""
        starts = tf.gather(self._seen_offsets, rows)
        ends = tf.gather(self._seen_offsets, rows + 1)
        places = tf.ragged.range(starts, tf.where(counted, ends, starts))
        return places.with_values(tf.gather(self._seen_items, places.values))


def _variable(values: np.ndarray, name: str) -> tf.Variable:
    if values.dtype.kind in "UO":
        values = values.astype(object)
    return tf.Variable(values, trainable=False, name=name)


def _row_table(ids: np.ndarray) -> tf.lookup.StaticHashTable:
    keys = ids if ids.dtype == np.int64 else ids.astype(object)
    initialiser = tf.lookup.KeyValueTensorInitializer(
        tf.constant(keys), tf.range(len(ids), dtype=tf.int64)
    )
    return tf.lookup.StaticHashTable(initialiser, default_value=-1)


def _find(table: tf.lookup.StaticHashTable, ids: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    rows = table.lookup(ids)
    # Row 0 stands in for an unknown id so that every gather stays in range; `known` masks it.
    return tf.maximum(rows, 0), rows >= 0


def _inverse_norms(embeddings: np.ndarray) -> np.ndarray:
    norms = np.linalg.norm(embeddings.astype(np.float64), axis=1)
    # The inverse of a smaller norm overflows float32; such a row counts as zero, with cosine 0.
    usable = norms >= np.finfo(np.float32).tiny
    return np.divide(1, norms, out=np.zeros_like(norms), where=usable).astype(np.float32)
