"""POST /recommend: the best items of users."""

from collections.abc import Hashable

import numpy as np
import pydantic

from a2bm2gl_tf.service.description import ExportDescription, IdKind
from a2bm2gl_tf.service.operations.by_id import ListsById
from a2bm2gl_tf.service.operations.ids import Id
from a2bm2gl_tf.service.operations.ranked import RankedRequest


class RecommendRequest(RankedRequest):
    """{"user_ids": [...], "k": 10, "exclude_seen": true}."""

    user_ids: tuple[Id, ...]
    exclude_seen: pydantic.StrictBool = True


class Recommend(ListsById):
    """An unknown user gets the most popular items and known = false, as the signature says."""

    name = "recommend"
    signature = "recommend"
    request = RecommendRequest
    field = "user_ids"
    answer_field = "user_id"

    def kind(self, export: ExportDescription) -> IdKind:
        """Of user ids."""
        return export.user_ids

    def other_inputs(self, request: RecommendRequest) -> dict[str, np.ndarray]:
        """Whether seen items are left out."""
        return {"exclude_seen": np.bool_(request.exclude_seen)}

    def batch_key(self, request: RecommendRequest) -> Hashable:
        """One call excludes seen items or doesn't."""
        return request.exclude_seen
