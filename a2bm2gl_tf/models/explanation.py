"""What a model can say about its scores: named parts of items, and whom an item attends to."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf


class ItemPart(NamedTuple):
    """An addend E_v^p of the items' final embeddings; E_u . E_v^p is what it adds to a score.

    Attributes:
      name: what a reader calls it.
      embeddings: E_v^p of all items, float32 (V, d).
    """

    name: str
    embeddings: tf.Tensor


class AttendedNeighbours(NamedTuple):
    """The nodes of one graph that each item attends to most.

    Attributes:
      graph: name of the graph: "interaction" or a modality's.
      nodes: int64 (V, k), -1 where an item has fewer; users are nodes 0 to U - 1, items U to
        U + V - 1, in any graph.
      weights: float32 (V, k), each neighbour's share of the item's attention, largest first, 0 at
        padding. Shares are of all that the item attends to, so those listed add up to less than 1.
    """

    graph: str
    nodes: np.ndarray
    weights: np.ndarray


def with_remainder(name: str, items: tf.Tensor, parts: Sequence[ItemPart]) -> list[ItemPart]:
    """The given parts, and before them one of what they leave of the whole.

    Args:
      name: of the remainder.
      items: E_v, float32 (V, d).
      parts: some of its addends.
    """
    rest = items
    for part in parts:
        rest = rest - part.embeddings
    return [ItemPart(name, rest), *parts]
