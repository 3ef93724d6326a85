"""Categorical columns into flags: one value an item, several, or a number's bucket."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from a2bm2gl_tf.data.features.content import Categories
from a2bm2gl_tf.errors import UserError


def from_single_values(
    name: str, item_ids: np.ndarray, values: Sequence, source: Path
) -> Categories:
    """One value an item, such as its author.

    Args:
      name: name of the modality and of the column; labels are "name=value".
      item_ids: (n,) ids.
      values: n values of any type with a readable `str`; None, NaN and blanks mean none.
      source: the file, for messages.

    Returns:
      Flags, columns sorted by value as text.
    """
    return _from_lists(name, item_ids, [_clean([value]) for value in values], source)


def from_multiple_values(
    name: str,
    item_ids: np.ndarray,
    values: Sequence[str | Iterable | None],
    source: Path,
    separator: str = "|",
) -> Categories:
    """Any number of values an item, such as its genres.

    Args:
      name: name of the modality and of the column; labels are "name=value".
      item_ids: (n,) ids.
      values: n strings such as "Comedy|Drama", or n lists of values; None and NaN mean none. A
        value given twice counts once, and blanks count for nothing.
      source: the file, for messages.
      separator: what parts the values of a string.

    Returns:
      Flags, columns sorted by value as text.
    """
    lists = []
    for value in values:
        if isinstance(value, str):
            lists.append(_clean(value.split(separator)))
        elif isinstance(value, Iterable):
            lists.append(_clean(value))
        else:
            lists.append(_clean([value]))
    return _from_lists(name, item_ids, lists, source)


def from_numbers(
    name: str,
    item_ids: np.ndarray,
    values: np.ndarray,
    source: Path,
    *,
    edges: Sequence[float] | None = None,
    buckets: int = 10,
) -> Categories:
    """A number an item, such as its duration, as one of several buckets.

    Bucket k holds edges[k - 1] <= value < edges[k]; the first has no lower end, the last no upper.

    Args:
      name: name of the modality and of the column; labels are such as "name=[5,12)".
      item_ids: (n,) ids.
      values: real (n,); NaN means none.
      source: the file, for messages.
      edges: ascending inner edges; None takes quantiles of the values, so that buckets are about
        equally full. Equal quantiles, where one value is frequent, merge into one edge.
      buckets: number of quantile buckets, at least 2; not used with `edges`.

    Returns:
      Flags, buckets in ascending order; a bucket that is empty has its column too.

    Raises:
      UserError: if a value is infinite, or the edges do not ascend.
    """
    numbers = np.asarray(values, np.float64)
    if np.isinf(numbers).any():
        row = np.isinf(numbers).argmax()
        raise UserError(
            f"{source}: {name} of item {item_ids[row]} is infinite; mend it or leave it empty"
        )
    known = ~np.isnan(numbers)
    if edges is None:
        inner = _quantile_edges(numbers[known], buckets)
    else:
        inner = np.asarray(edges, np.float64)
        if inner.ndim != 1 or not np.isfinite(inner).all() or not (np.diff(inner) > 0).all():
            raise UserError(
                f"{source}: edges {','.join(map(str, edges))} of {name} do not ascend; "
                "give finite numbers in ascending order"
            )
    ends = ["", *(f"{edge:g}" for edge in inner), ""]
    labels = tuple(f"{name}={'[' if low else '('}{low},{high})" for low, high in pairwise(ends))
    columns = np.searchsorted(inner, numbers[known], side="right")
    indptr = np.concatenate([[0], np.cumsum(known)])
    shape = (len(numbers), len(labels))
    flags = sp.csr_matrix((np.ones(len(columns), np.float32), columns, indptr), shape=shape)
    return Categories(name, np.asarray(item_ids), source, flags, labels)


def join_columns(name: str, parts: Sequence[Categories]) -> Categories:
    """Puts the columns of several categories side by side, as one modality.

    Args:
      name: name of the modality.
      parts: categories of possibly different items; at least one.

    Returns:
      Flags of every item that any part has, ids ascending; labels in the order of the parts.
    """
    item_ids = np.unique(np.concatenate([part.item_ids for part in parts]))
    blocks = []
    for part in parts:
        places = np.searchsorted(item_ids, part.item_ids)
        spread = sp.csr_matrix(
            (np.ones(len(places), np.float32), (places, np.arange(len(places)))),
            shape=(len(item_ids), len(places)),
        )
        blocks.append(spread @ part.flags)
    flags = sp.hstack(blocks, format="csr", dtype=np.float32)
    flags.sort_indices()
    labels = tuple(label for part in parts for label in part.labels)
    return Categories(name, item_ids, parts[0].source, flags, labels)


def _quantile_edges(numbers: np.ndarray, buckets: int) -> np.ndarray:
    if len(numbers) == 0:
        return np.zeros(0)
    # Quantiles that are values themselves: an interpolated edge says nothing about the data.
    shares = np.arange(1, buckets) / buckets
    edges = np.unique(np.quantile(numbers, shares, method="higher"))
    # Nothing lies below an edge at the minimum.
    return edges[edges > numbers.min()]


def _clean(values: Iterable) -> list[str]:
    """Values as text, without the missing ones; NaN is the one value that differs from itself."""
    texts = [str(value).strip() for value in values if value is not None and value == value]
    return [text for text in texts if text]


def _from_lists(
    name: str, item_ids: np.ndarray, lists: list[list[str]], source: Path
) -> Categories:
    found = sorted({value for values in lists for value in values})
    columns = {value: column for column, value in enumerate(found)}
    rows = [sorted({columns[value] for value in values}) for values in lists]
    indptr = np.cumsum([0, *map(len, rows)])
    indices = np.fromiter((column for row in rows for column in row), np.int64, indptr[-1])
    flags = sp.csr_matrix(
        (np.ones(len(indices), np.float32), indices, indptr), shape=(len(lists), len(found))
    )
    labels = tuple(f"{name}={value}" for value in found)
    return Categories(name, np.asarray(item_ids), source, flags, labels)
