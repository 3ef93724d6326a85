"""Fold-in as a tf.function over exported embeddings; see `FoldIn` for the regression."""

from collections.abc import Callable

import numpy as np
import tensorflow as tf


def listed_items(
    table: tf.lookup.StaticHashTable, item_ids: tf.Tensor, no_item: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor]:
    """Rows of a padded batch of lists, and which places hold a known id for the first time.

    Args:
      table: original id to row, -1 for an unknown one.
      item_ids: (b, n), padded with `no_item`.
      no_item: scalar.

    Returns:
      int64 (b, n) rows in ascending order, 0 where nothing counts, and bool (b, n).
    """
    rows = tf.where(item_ids == no_item, tf.constant(-1, tf.int64), table.lookup(item_ids))
    rows = tf.sort(rows, axis=1)
    before = tf.pad(rows, [[0, 0], [1, 0]], constant_values=-1)[:, :-1]
    return tf.maximum(rows, 0), (rows >= 0) & (rows != before)


def solve_fold_in(
    items: tf.Variable, penalty: tf.Tensor, rows: tf.Tensor, counted: tf.Tensor
) -> tf.Tensor:
    """The regression's solutions, as `fold_in_rows` has them.

    Args:
      items: E, float32 (V, d).
      penalty: float64 (d, d).
      rows: int64 (b, n), of `listed_items`.
      counted: bool (b, n), likewise.

    Returns:
      float32 (b, d).
    """
    listed = tf.cast(tf.gather(items, rows), tf.float64)
    listed *= tf.cast(counted, tf.float64)[:, :, tf.newaxis]
    products = tf.matmul(listed, listed, transpose_a=True)
    sums = tf.reduce_sum(listed, axis=1)
    factors = tf.linalg.cholesky(products + penalty)
    solved = tf.linalg.cholesky_solve(factors, sums[:, :, tf.newaxis])
    return tf.cast(solved[:, :, 0], tf.float32)


def places_of_lists(rows: tf.Tensor, counted: tf.Tensor) -> tf.Tensor:
    """(request, row) of every counted place, int64 (m, 2): what is left out of the answer."""
    requests = tf.where(counted)[:, 0]
    return tf.stack([requests, tf.boolean_mask(rows, counted)], axis=1)


def fold_in_function(
    answer: Callable, id_type: tf.DType, default_k: tf.Tensor, default_exclude_seen: tf.Tensor
) -> Callable:
    """Declares the signature `fold_in`.

    Args:
      answer: (item_ids, k, exclude_seen) to the outputs.
      id_type: int64 or string.
      default_k: of the input `k`.
      default_exclude_seen: of the input `exclude_seen`.
    """

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, None], id_type, name="item_ids"),
            tf.TensorSpec([], tf.int32, name="k"),
            tf.TensorSpec([], tf.bool, name="exclude_seen"),
        ]
    )
    def fold_in(item_ids, k=default_k, exclude_seen=default_exclude_seen):
        return answer(item_ids, k, exclude_seen)

    return fold_in


def penalty_variable(penalty: np.ndarray) -> tf.Variable:
    """float64 (d, d)."""
    return tf.Variable(penalty, trainable=False, name="fold_in_penalty", dtype=tf.float64)
