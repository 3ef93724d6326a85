"""Nodes sorted by a value within each connected component, and searches in that order."""

from typing import NamedTuple

import numpy as np
import tensorflow as tf


class Components(NamedTuple):
    """Where the components lie once nodes are sorted by component.

    int64, because TensorFlow computes with int32 on the host even where there is a GPU.

    Attributes:
      start: int64 (N,), the first place of each node's component.
      stop: int64 (N,), one past its last place.
      by_place: int64 (N,), the start of the component that each place belongs to.
    """

    start: tf.Tensor
    stop: tf.Tensor
    by_place: tf.Tensor


def components_of(labels: np.ndarray) -> Components:
    """Lays out components by ascending label.

    Args:
      labels: int (N,), the component of each node.

    Returns:
      `Components` of NumPy arrays.
    """
    _, component, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    borders = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Components(borders[component], borders[component + 1], np.repeat(borders[:-1], sizes))


def descending(x: tf.Tensor, components: Components) -> tuple[tf.Tensor, tf.Tensor]:
    """Sorts nodes by component and, within one, from the largest x to the smallest.

    Args:
      x: float32 (N,).
      components: the layout.

    Returns:
      (order, int64 (N,), the node at each place; keys, int64 (N,), descending, for
      `places_above`).
    """
    # No GPU kernel yields int64 indices.
    keys, order = tf.math.top_k(_keys(x, components), x.shape[0])
    return tf.cast(order, tf.int64), keys


def places_above(keys: tf.Tensor, bounds: tf.Tensor, components: Components) -> tf.Tensor:
    """For each node i, one past the last place of its component whose x exceeds bounds_i.

    A binary search for all nodes at once, in steps of falling powers of two. tf.searchsorted takes
    quadratic memory under XLA.

    Args:
      keys: of `descending`.
      bounds: float32 (N,).
      components: the layout.

    Returns:
      int64 (N,), between `components.start` and `components.stop`.
    """
    powers = keys.shape[0].bit_length()
    # A concatenation: tf.pad of int64 has no GPU kernel. The first place is never asked for.
    last = tf.fill([2**powers - 1 - keys.shape[0]], tf.constant(tf.int64.min, tf.int64))
    padded = tf.concat([keys[:1], keys, last], axis=0)
    wanted = _keys(bounds, components)
    found = tf.zeros_like(wanted)
    for power in reversed(range(powers)):
        probe = found + 2**power
        found = tf.where(tf.gather(padded, probe) > wanted, probe, found)
    return found


def _keys(x: tf.Tensor, components: Components) -> tf.Tensor:
    """int64 keys: descending, they are components in order and x descending within each."""
    # The bits of a float's magnitude, read as an integer, grow with it, and the sign is the bit
    # that makes an integer negative. Both zeros get rank 0: they are equals.
    bits = tf.cast(tf.bitcast(x, tf.int32), tf.int64)
    ranks = tf.where(bits < 0, -(2**31) - bits, bits)
    return ranks - components.start * 2**32
