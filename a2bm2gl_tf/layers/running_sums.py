"""Running sums within consecutive segments, from both ends, as small dense products.

A cumulative sum is one long dependency chain, and XLA's on a CPU takes quadratic memory. Cut into
blocks of a few rows, the sums inside all blocks are one batched product with triangular matrices,
and the sums of whole blocks are the same problem with fewer rows. A block never adds across a
segment's border, so nothing has to be subtracted again and float32 is enough.
"""

import numpy as np
import tensorflow as tf

# Rows a block. The products cost N x _BLOCK x d, the levels above them 1 / _BLOCK as much.
_BLOCK = 16


def running_sums(
    order: tf.Tensor,
    from_first: tf.Tensor,
    from_last: tf.Tensor,
    columns: list[tf.Tensor],
    segments: tf.Tensor,
) -> list[tf.Tensor]:
    r"""Weighted sums of sorted rows up to and from every place, within each segment.

      first_p = sum_{q <= p, q ~ p} a_q x_{order_q},    last_p = sum_{q >= p, q ~ p} b_q x_{order_q}

    where q ~ p are places of the same segment.

    Args:
      order: int64 (N,), the row of x at each place.
      from_first: a, float32 (N,), by place.
      from_last: b, float32 (N,), by place.
      columns: matrices x, each float32 (N, c).
      segments: int64 (N,), equal at the places of one segment, which are consecutive.

    Returns:
      For each x, float32 (2 N', c) with N' > N: row `first_rows(p)` is first_p and row
      `last_rows(p)` is last_p. At place N both are 0.
    """
    blocks = _in_blocks(segments, -1)
    first, last = _in_blocks(from_first, 0), _in_blocks(from_last, 0)
    same = blocks[:, :, None] == blocks[:, None, :]
    lower = tf.constant(np.tri(_BLOCK, dtype=np.float32))
    alike = tf.cast(same, tf.float32)
    within_head, within_tail = alike[:, 0, :], alike[:, -1, :]
    # One row a place and direction: the block's rows, then what earlier and later blocks add.
    zeros = tf.zeros_like(within_head)
    weights = tf.concat(
        [
            tf.concat([alike * lower * first[:, None, :], within_head[:, :, None],
                       zeros[:, :, None]], axis=2),
            tf.concat([alike * tf.transpose(lower) * last[:, None, :], zeros[:, :, None],
                       within_tail[:, :, None]], axis=2),
        ],
        axis=1,
    )  # fmt: skip
    ends = tf.stack([within_tail * first, within_head * last], axis=1)
    padded = _padded(order, 0)
    results = []
    for x in columns:
        rows = tf.reshape(tf.gather(x, padded), [-1, _BLOCK, x.shape[1]])
        if blocks.shape[0] == 1:
            carried = tf.zeros([1, 2, x.shape[1]])
        else:
            carried = _carries(tf.matmul(ends, rows), blocks[:, 0], blocks[:, -1])
        sums = tf.matmul(weights, tf.concat([rows, carried], axis=1))
        results.append(tf.reshape(sums, [-1, x.shape[1]]))
    return results


def first_rows(places: tf.Tensor) -> tf.Tensor:
    """Where `running_sums` keeps the sums up to the given places."""
    return places + places // _BLOCK * _BLOCK


def last_rows(places: tf.Tensor) -> tf.Tensor:
    """Where `running_sums` keeps the sums from the given places on."""
    return first_rows(places) + _BLOCK


def _carries(ends: tf.Tensor, head: tf.Tensor, tail: tf.Tensor) -> tf.Tensor:
    """What the blocks before and after each block add to it, (blocks, 2, c)."""
    before = _prefix_sums(ends[:, 0], tail)[:-1]
    # By slices: tf.reverse of int64 has no GPU kernel.
    after = _prefix_sums(ends[::-1, 1], head[::-1])[::-1][1:]
    goes_on = tf.cast(tail[:-1] == head[1:], tf.float32)[:, None]
    before = tf.pad(before * goes_on, [[1, 0], [0, 0]])
    after = tf.pad(after * goes_on, [[0, 1], [0, 0]])
    return tf.stack([before, after], axis=1)


def _prefix_sums(x: tf.Tensor, segments: tf.Tensor) -> tf.Tensor:
    """Inclusive sums from the first place of each segment, float32 (n, c)."""
    num_rows, width = x.shape
    blocks = _in_blocks(segments, -1)
    lower = tf.constant(np.tri(_BLOCK, dtype=np.float32))
    weights = lower * tf.cast(blocks[:, :, None] == blocks[:, None, :], tf.float32)
    rows = tf.reshape(_padded(x, 0), [-1, _BLOCK, width])
    sums = tf.matmul(weights, rows)
    if blocks.shape[0] > 1:
        head, tail = blocks[:, 0], blocks[:, -1]
        before = _prefix_sums(sums[:, -1], tail)[:-1]
        goes_on = tf.cast(tail[:-1] == head[1:], tf.float32)[:, None]
        before = tf.pad(before * goes_on, [[1, 0], [0, 0]])
        in_head = tf.cast(blocks == head[:, None], tf.float32)
        sums += in_head[:, :, None] * before[:, None, :]
    return tf.reshape(sums, [-1, width])[:num_rows]


def _padded(values: tf.Tensor, fill: int) -> tf.Tensor:
    """At least one row more, up to whole blocks."""
    # A concatenation: tf.pad of int64 has no GPU kernel.
    missing = _BLOCK - values.shape[0] % _BLOCK
    filling = tf.fill([missing, *values.shape[1:]], tf.constant(fill, values.dtype))
    return tf.concat([values, filling], axis=0)


def _in_blocks(values: tf.Tensor, fill: int) -> tf.Tensor:
    return tf.reshape(_padded(values, fill), [-1, _BLOCK])
