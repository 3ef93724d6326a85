"""Neighbour lists worked through a few slots at a time, so that no (n, k, d) tensor exists."""

from collections.abc import Callable

import tensorflow as tf

# Largest number of floats that one gathered block of neighbour slots may hold (128 MiB).
_BLOCK_ELEMENTS = 32 * 1024 * 1024


def slot_blocks(indices: tf.Tensor, width: int | None) -> list[tuple[int, int]]:
    """Cuts the slots of neighbour lists into blocks.

    Args:
      indices: int (n, k).
      width: floats a slot's row takes; None if unknown, which leaves one block.

    Returns:
      (first slot, slot behind the last) of every block.
    """
    slots = indices.shape[1]
    size = _slots_per_block(indices, width)
    return [(start, min(start + size, slots)) for start in range(0, slots, size)]


def _slots_per_block(indices: tf.Tensor, width: int | None) -> int:
    rows, slots = indices.shape
    if rows is None or width is None:
        return slots
    return max(1, min(slots, _BLOCK_ELEMENTS // max(1, rows * width)))


def sum_over_blocks(
    blocks: list[tuple[int, int]], compute: Callable[[int, int], tf.Tensor]
) -> tf.Tensor:
    """Adds up what `compute` gives for each block.

    Each waits for the one before, or all would exist at once.
    """
    total = compute(*blocks[0])
    for start, stop in blocks[1:]:
        with tf.control_dependencies([total]):
            part = compute(start, stop)
        total = total + part
    return total
