"""Ranked lists: what recommend, similar and fold-in have in common."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import pydantic

from a2bm2gl_tf.service.faults import RequestError
from a2bm2gl_tf.service.operations.ids import plain_value
from a2bm2gl_tf.service.operations.operation import Operation, RequestBody
from a2bm2gl_tf.service.settings import Limits


class RankedRequest(RequestBody):
    """A request for lists of k items."""

    k: Annotated[int, pydantic.Field(strict=True, ge=1)] = 10


class RankedOperation(Operation):
    """An operation whose signature returns item_ids, scores, titles (b, k) and known (b).

    Requests of different k share a call of the largest k, whose lists are cut: the best k of a list
    are its first k.
    """

    def check_k(self, request: RankedRequest, limits: Limits) -> None:
        """Refuses lists that are too long.

        Raises:
          RequestError: with status 422.
        """
        if request.k > limits.k:
            raise RequestError(422, f"k is {request.k}, the limit is {limits.k}")


def rankings(
    outputs: Mapping[str, np.ndarray], lengths: Sequence[int]
) -> list[tuple[bool, list[dict[str, Any]]]]:
    """Rows of a signature's outputs as JSON-able lists.

    Args:
      outputs: item_ids, scores and titles (b, K), known (b).
      lengths: k of each row.

    Returns:
      For each row whether its id was known, and up to k items with item_id, score and title; empty
      places, which have score -inf, are left out.
    """
    columns = [outputs[name].tolist() for name in ("item_ids", "scores", "titles", "known")]
    return [
        (
            known,
            [
                {"item_id": plain_value(item), "score": score, "title": plain_value(title)}
                for item, score, title in zip(ids[:k], scores[:k], titles[:k], strict=True)
                if score != -np.inf
            ],
        )
        for ids, scores, titles, known, k in zip(*columns, lengths, strict=True)
    ]
