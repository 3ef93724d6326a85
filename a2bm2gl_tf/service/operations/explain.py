"""POST /explain: why items are, or would be, recommended to a user."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
import pydantic

from a2bm2gl_tf.service.description import ExportDescription
from a2bm2gl_tf.service.operations.explained_pairs import explained_pairs
from a2bm2gl_tf.service.operations.ids import Id, check_ids, id_array, padded_id_array
from a2bm2gl_tf.service.operations.operation import CallableExport, Operation, RequestBody
from a2bm2gl_tf.service.settings import Limits

FOLD_IN_SIGNATURE = "explain_fold_in"


class ExplainRequest(RequestBody):
    """A user of the data, or a new one who likes the items of a list, and items.

    {"user_id": ..., "item_ids": [...]} or {"liked_item_ids": [...], "item_ids": [...]}.
    """

    item_ids: tuple[Id, ...]
    user_id: Id | None = None
    liked_item_ids: tuple[Id, ...] | None = None

    @pydantic.model_validator(mode="after")
    def _one_user(self) -> "ExplainRequest":
        if (self.user_id is None) == (self.liked_item_ids is None):
            raise ValueError("give either user_id or liked_item_ids")
        return self


class Explain(Operation):
    """What scores are made of; an unknown user or item has known = false and nothing else."""

    name = "explain"
    signature = "explain"
    request = ExplainRequest

    def size(self, request: ExplainRequest) -> int:
        """The number of items."""
        return len(request.item_ids)

    def check(self, request: ExplainRequest, export: ExportDescription, limits: Limits) -> None:
        """Checks the ids."""
        check_ids("item_ids", request.item_ids, export.item_ids, limits)
        if request.liked_item_ids is None:
            check_ids("user_id", [request.user_id], export.user_ids, limits)
        else:
            check_ids("liked_item_ids", request.liked_item_ids, export.item_ids, limits)

    def batch_key(self, request: ExplainRequest) -> Hashable:
        """Users of the data are explained by another signature than new ones."""
        return request.liked_item_ids is None

    def answer(self, requests: Sequence[ExplainRequest], export: CallableExport) -> list[Any]:
        """{"export": version, "results": [{"item_id", "known", "score", ...}, ...]} for each."""
        lengths = [len(request.item_ids) for request in requests]
        wanted = [original for request in requests for original in request.item_ids]
        items = id_array(wanted, export.description.item_ids)
        if requests[0].liked_item_ids is None:
            users = [r.user_id for r in requests for _ in r.item_ids]
            outputs = export.call(
                self.signature,
                user_ids=id_array(users, export.description.user_ids),
                item_ids=items,
            )
        else:
            outputs = _explain_new_users(requests, items, export)
        results = iter(
            {"item_id": original, **pair}
            for original, pair in zip(wanted, explained_pairs(outputs), strict=True)
        )
        return [
            {
                "export": export.description.version,
                "results": [next(results) for _ in range(length)],
            }
            for length in lengths
        ]


def _explain_new_users(
    requests: Sequence[ExplainRequest], items: np.ndarray, export: CallableExport
) -> Mapping[str, np.ndarray]:
    liked = padded_id_array([r.liked_item_ids for r in requests], export.description.item_ids)
    folded = export.call("fold_in", item_ids=liked, k=np.int32(1), exclude_seen=np.bool_(True))
    places = np.repeat(np.arange(len(requests)), [len(r.item_ids) for r in requests])
    outputs = export.call(
        FOLD_IN_SIGNATURE,
        user_embeddings=folded["user_embeddings"][places],
        item_ids=items,
        own_item_ids=liked[places],
    )
    # A list without a known item is nobody, whom a zero embedding stands for.
    return {**outputs, "known": outputs["known"] & folded["known"][places]}
