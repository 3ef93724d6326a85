"""What models hold in memory, part by part, before any of it is made.

Sizes that follow from shapes are exact. How many tensors of a shape live at once is the
framework's affair; the counts below were measured on a CPU (peak of the process less what it has
before, over the size of the tensor) and hold within a third there for data of some size.
"""

from collections.abc import Sequence
from typing import NamedTuple

from a2bm2gl_tf.graph.surfing import LARGEST_SUPPORT
from a2bm2gl_tf.layers.neighbourhoods import Surfing

_FLOAT = 4
# Rows of d numbers that a node has. In training: a table's value, two moments, gradient, and two
# copies while a checkpoint is written; a layer's input, output and their gradients.
_TABLE_TRAINED, _TABLE_KEPT = 6, 2
_LAYER, _LAYERS_BESIDE = 2, 4
# The exact attention: running sums of two sides, gathered and scattered, forward and backward.
_ATTENTION_TRAINED, _ATTENTION_KEPT = 20, 10
_SEMANTIC_TRAINED, _SEMANTIC_KEPT = 8, 4
# Numbers a listed neighbour takes: logits, masks, shares, their gradients, index and weight.
_SLOT_TRAINED, _SLOT_KEPT = 16, 8
# Blocks in which neighbours' rows are gathered, see `layers.neighbour_ops`; two at a time.
_GATHERED_BYTES = 2**27
# Rows of d numbers that a pair of nodes takes where all pairs are listed.
_PAIR_TRAINED, _PAIR_KEPT = 3, 1
# An entry of a graph that is drawn anew: place, draw and value as constants, and in a step the
# factor, the new value, and the sorted matrix made of them.
_BYTES_A_DROPPED_ENTRY = 64
# Copies of a modality's features: as loaded, as a tensor, normalised for kNN, and a gradient.
_FEATURE_COPIES = 4


class Sizes(NamedTuple):
    """What of a dataset its memory depends on.

    Attributes:
      users: U.
      items: V.
      interactions: stored entries of the training split.
      widths: features of an item in each modality.
    """

    users: int
    items: int
    interactions: int
    widths: tuple[int, ...]


class Part(NamedTuple):
    """One thing that takes memory.

    Attributes:
      what: its name, for people.
      size: bytes.
      advice: what makes it smaller.
    """

    what: str
    size: int
    advice: str


def table_part(nodes: int, dimension: int, training: bool) -> Part:
    """A trained table of embeddings with what Adam and checkpoints add.

    Args:
      nodes: rows.
      dimension: d.
      training: whether it is trained, or read alone.
    """
    rows = _TABLE_TRAINED if training else _TABLE_KEPT
    return Part("embeddings", rows * nodes * dimension * _FLOAT, f"lower --dimension={dimension}")


def propagation_part(nodes: int, dimension: int, layers: int, training: bool) -> Part:
    """The layers of a graph convolution.

    Args:
      nodes: N.
      dimension: d.
      layers: K.
      training: whether all of them are kept for a gradient.
    """
    rows = _LAYERS_BESIDE + (_LAYER * layers if training else 0)
    return Part(
        f"propagation through {layers} layers",
        rows * nodes * dimension * _FLOAT,
        f"lower --dimension={dimension} or --num_layers={layers}",
    )


def dropped_interactions_part(nodes: int, interactions: int) -> Part:
    """Propagation over interactions of which a share is left out, others in every step.

    Args:
      nodes: N.
      interactions: of the training split; each is two entries, every node's loop one.
    """
    entries = 2 * interactions + nodes
    return Part(
        "dropout of interactions",
        entries * _BYTES_A_DROPPED_ENTRY,
        "leave --model_settings=interaction_dropout out",
    )


def semantic_part(items: int, dimension: int, knn: int, training: bool) -> Part:
    """A modality's graph convolution over k neighbours of each item.

    Args:
      items: V.
      dimension: d.
      knn: k.
      training: whether it is trained.
    """
    rows = _SEMANTIC_TRAINED if training else _SEMANTIC_KEPT
    numbers = items * (rows * dimension + _SLOT_TRAINED * knn)
    return Part(
        "semantic part", numbers * _FLOAT, f"lower --dimension={dimension} or give --nosemantic"
    )


def features_part(items: int, widths: Sequence[int], heads: int) -> Part:
    """The modalities' features, with their normalised copies for each head of the similarity."""
    numbers = items * sum(widths) * (_FEATURE_COPIES + max(heads - 1, 0))
    return Part("item features", numbers * _FLOAT, "keep fewer of them with --modalities")


def attention_part(nodes: int, dimension: int, surfing: Surfing, training: bool) -> Part:
    """A full-adjacent attention over the nodes of one graph.

    Args:
      nodes: N.
      dimension: d.
      surfing: which neighbourhoods; "reachable" is taken to reach as many pairs as it may.
      training: whether it is trained.
    """
    rows = _ATTENTION_TRAINED if training else _ATTENTION_KEPT
    listed = min(surfing.top_m, nodes)
    slots = nodes * listed * (_SLOT_TRAINED if training else _SLOT_KEPT)
    gathered = min(2 * _GATHERED_BYTES, 2 * nodes * listed * dimension * _FLOAT) // _FLOAT
    pairs = min(nodes**2, LARGEST_SUPPORT) * dimension * (_PAIR_TRAINED if training else _PAIR_KEPT)
    numbers, advice = {
        "full": (rows * nodes * dimension, f"lower --dimension={dimension}"),
        "top_m": (
            rows * nodes * dimension + slots + gathered,
            f"lower --top_m={surfing.top_m} or give --neighbourhood=full",
        ),
        "reachable": (pairs, "give --neighbourhood=full or top_m"),
    }[surfing.neighbourhood]
    return Part(f"attention ({surfing.neighbourhood})", numbers * _FLOAT, advice)


def item_weights_part(items: int, beside: int = 0) -> Part:
    """Dense weights between all items.

    Args:
      items: V.
      beside: further bytes.
    """
    return Part(
        f"weights between {items:,} items",
        _FLOAT * items**2 + beside,
        "leave rare items out (prepare.py --item_core), or take another --model",
    )
