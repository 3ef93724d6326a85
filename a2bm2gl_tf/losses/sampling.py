"""Exact uniform sampling of items that a user has not interacted with."""

import tensorflow as tf

from a2bm2gl_tf.losses.batch import UserBatch


def sample_negatives(
    batch: UserBatch, num_items: int, num_samples: int, seed: tf.Tensor
) -> tf.Tensor:
    """Draws items from N(u)- for every edge, without rejection.

    A rank r is drawn uniformly from the V - d_u negatives. With the user's positives sorted, p_0 <
    p_1 < ..., the r-th negative is r plus the number of positives with p_i - i <= r; those offsets
    ascend within a user, so one binary search over all edges finds every count.

    Args:
      batch: users with all their positives, edges sorted by user, then item.
      num_items: V.
      num_samples: negatives an edge.
      seed: int32 (2,), stateless seed.

    Returns:
      int32 (e, num_samples). An edge of a user who has interacted with every item gets arbitrary
      items in range; `has_negatives` tells them apart.
    """
    first_edge = tf.cumsum(batch.degrees, exclusive=True)
    edge_first = tf.gather(first_edge, batch.edge_users)
    position = tf.range(tf.shape(batch.edge_items)[0]) - edge_first
    stride = tf.constant(num_items + 1, tf.int64)
    user_keys = tf.cast(batch.edge_users, tf.int64) * stride
    sorted_offsets = user_keys + tf.cast(batch.edge_items - position, tf.int64)
    # Padding edges come last and must not fall into a user's segment.
    past_the_end = stride * (tf.cast(tf.shape(batch.users)[0], tf.int64) + 1)
    sorted_offsets = tf.where(batch.edge_weights > 0, sorted_offsets, past_the_end)

    available = tf.maximum(num_items - tf.gather(batch.degrees, batch.edge_users), 1)
    shape = tf.stack([tf.shape(batch.edge_items)[0], num_samples])
    uniform = tf.random.stateless_uniform(shape, seed, dtype=tf.float64)
    rank = tf.cast(uniform * tf.cast(available, tf.float64)[:, None], tf.int32)
    rank = tf.minimum(rank, available[:, None] - 1)
    keys = tf.reshape(user_keys[:, None] + tf.cast(rank, tf.int64), [-1])
    found = tf.reshape(tf.searchsorted(sorted_offsets, keys, side="right"), shape)
    return tf.minimum(rank + found - edge_first[:, None], num_items - 1)


def has_negatives(batch: UserBatch, num_items: int) -> tf.Tensor:
    """1.0 for each edge whose user has at least one negative, else 0.0; float32 (e,)."""
    return tf.cast(tf.gather(batch.degrees, batch.edge_users) < num_items, tf.float32)
