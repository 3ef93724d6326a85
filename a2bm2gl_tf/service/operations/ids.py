"""Original ids in requests: integers or texts, as the export spells them."""

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import pydantic

from a2bm2gl_tf.service.description import IdKind
from a2bm2gl_tf.service.faults import RequestError
from a2bm2gl_tf.service.settings import Limits

_INT64 = np.iinfo(np.int64)


def _plain_id(value: Any) -> int | str:
    # True is an int in Python, and 7.0 in JSON is somebody's mistake.
    if type(value) is int:
        if not _INT64.min <= value <= _INT64.max:
            raise ValueError("is outside the range of 64-bit integers")
        return value
    if type(value) is str:
        return value
    raise ValueError("is neither an integer nor a text")


Id = Annotated[int | str, pydantic.PlainValidator(_plain_id)]


def check_ids(field: str, ids: Sequence[int | str], kind: IdKind, limits: Limits) -> None:
    """Refuses too many ids, and ids of another kind than the export's.

    Raises:
      RequestError: with status 422.
    """
    if len(ids) > limits.ids:
        raise RequestError(422, f"{field} has {len(ids)} ids, the limit is {limits.ids}")
    wanted = int if kind == "integer" else str
    for place, given in enumerate(ids):
        if type(given) is not wanted:
            found = "a text" if wanted is int else "an integer"
            need = "integers" if wanted is int else "texts"
            raise RequestError(
                422, f"{field}[{place}] is {found}, and ids of the loaded export are {need}"
            )


def id_array(ids: Sequence[int | str], kind: IdKind) -> np.ndarray:
    """(n,) int64, or object of UTF-8 bytes, as a signature takes them."""
    if kind == "integer":
        return np.array(ids, dtype=np.int64)
    encoded = np.empty(len(ids), dtype=object)
    encoded[:] = [text.encode() for text in ids]
    return encoded


def plain_value(value: Any) -> Any:
    """An element of a signature's output as JSON has it.

    Titles and ids of an export are UTF-8; one that is not must not cost its neighbours an answer.
    """
    return value.decode("utf-8", errors="replace") if isinstance(value, bytes) else value


def padded_id_array(lists: Sequence[Sequence[int | str]], kind: IdKind) -> np.ndarray:
    """(b, n) of b lists, filled up with -1 or "" to the longest, n at least 1."""
    width = max(1, *map(len, lists))
    empty = -1 if kind == "integer" else ""
    filled = [original for ids in lists for original in [*ids, *[empty] * (width - len(ids))]]
    return id_array(filled, kind).reshape(len(lists), width)
