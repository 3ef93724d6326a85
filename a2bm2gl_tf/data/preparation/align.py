"""Bringing the content of items and the items of the interactions together."""

import dataclasses
from pathlib import Path

import numpy as np

from a2bm2gl_tf.data.features.content import (
    Categories,
    Content,
    Images,
    Texts,
    Vectors,
    WordCounts,
)
from a2bm2gl_tf.errors import UserError

MISSING_FEATURES = ("refuse", "mask")
EXTRA_ITEMS = ("refuse", "drop", "keep")

_PER_ITEM = {
    Vectors: "rows",
    Texts: "texts",
    WordCounts: "counts",
    Categories: "flags",
    Images: "paths",
}


@dataclasses.dataclass(frozen=True)
class Aligned:
    """Content of items of the catalogue, in the catalogue's order.

    Attributes:
      content: the content; its items are all in the catalogue.
      rows: int64 (n,), ascending: the catalogue's row of each of its items.
      extra: how many items of the source are not in the interactions (dropped or kept).
    """

    content: Content
    rows: np.ndarray
    extra: int


def align_contents(
    contents: tuple[Content, ...],
    catalogue: np.ndarray,
    left_out: np.ndarray,
    source: Path,
    *,
    missing_features: str,
    extra_items: str,
) -> tuple[np.ndarray, tuple[Aligned, ...]]:
    """Finds the catalogue's items in each content, under two policies.

    Args:
      contents: the contents.
      catalogue: (V,) ids of the items of the interactions, ascending.
      left_out: ids of items that earlier filters removed; their content is left out in silence.
      source: where the interactions were read from, for messages.
      missing_features: "refuse" a catalogue item without content, or "mask" it.
      extra_items: "refuse" content of items that are not in the interactions, "drop" it, or "keep"
        the items: they join the catalogue as items without interactions.

    Returns:
      The catalogue's ids, ascending, and the contents in their order.

    Raises:
      UserError: naming the content's file, an offending id and the flag that decides.
    """
    strangers = [_strangers(content, catalogue, left_out, source) for content in contents]
    for content, extra in zip(contents, strangers, strict=True):
        if extra and extra_items == "refuse":
            raise UserError(
                f"{content.source}: {_examples(extra)} not in {source}; give --extra_items=drop to "
                "leave such items out or --extra_items=keep to add them to the catalogue"
            )
    if extra_items == "keep":
        joined = {item for extra in strangers for item in extra}
        if joined:
            catalogue = np.unique(
                np.concatenate([catalogue, np.array(sorted(joined), catalogue.dtype)])
            )
    row_of = {item: row for row, item in enumerate(catalogue.tolist())}
    aligned = []
    for content, extra in zip(contents, strangers, strict=True):
        rows = np.array([row_of.get(item, -1) for item in content.item_ids.tolist()], np.int64)
        order = np.argsort(rows, kind="stable")
        order = order[rows[order] >= 0]
        if missing_features == "refuse" and len(order) < len(catalogue):
            lacking = np.delete(catalogue, rows[order]).tolist()
            raise UserError(
                f"{content.source}: has no {content.name} for {_examples(lacking)} of {source}; "
                "complete the file, or give --missing_features=mask to mark them as missing"
            )
        aligned.append(Aligned(_restrict(content, order), rows[order], len(extra)))
    return catalogue, tuple(aligned)


def _strangers(
    content: Content, catalogue: np.ndarray, left_out: np.ndarray, source: Path
) -> list[int | str]:
    """Ids of the content, ascending, that the interactions never had."""
    if (content.item_ids.dtype == np.int64) != (catalogue.dtype == np.int64):
        called = {True: "whole numbers", False: "text"}
        raise UserError(
            f"{content.source}: item ids are {called[content.item_ids.dtype == np.int64]} where "
            f"{source} has {called[catalogue.dtype == np.int64]}; use the same ids in both"
        )
    known = set(catalogue.tolist()) | set(left_out.tolist())
    return sorted(set(content.item_ids.tolist()) - known)


def _restrict(content: Content, positions: np.ndarray) -> Content:
    if np.array_equal(positions, np.arange(len(content.item_ids))):
        return content
    field = _PER_ITEM[type(content)]
    values = getattr(content, field)
    if isinstance(values, tuple):
        part = tuple(values[position] for position in positions)
    else:
        part = values[positions]
    return dataclasses.replace(content, item_ids=content.item_ids[positions], **{field: part})


def _examples(items: list) -> str:
    if len(items) == 1:
        return f"item {items[0]!r} (1 item)"
    return f"item {items[0]!r} and others ({len(items)} items)"
