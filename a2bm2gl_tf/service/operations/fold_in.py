"""POST /fold_in: the best items of a user who was not there in training, from a list of items."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pydantic

from a2bm2gl_tf.service.description import ExportDescription
from a2bm2gl_tf.service.operations.ids import Id, check_ids, padded_id_array
from a2bm2gl_tf.service.operations.operation import CallableExport
from a2bm2gl_tf.service.operations.ranked import RankedOperation, RankedRequest, rankings
from a2bm2gl_tf.service.settings import Limits


class FoldInRequest(RankedRequest):
    """{"item_ids": [...], "k": 10, "exclude_seen": true}: one user's items."""

    item_ids: tuple[Id, ...]
    exclude_seen: pydantic.StrictBool = True


class FoldIn(RankedOperation):
    """A user none of whose items is known gets the most popular items and known = false."""

    name = "fold_in"
    signature = "fold_in"
    request = FoldInRequest

    def size(self, request: FoldInRequest) -> int:
        """One list is ranked, however many items it was made of."""
        del request
        return 1

    def check(self, request: FoldInRequest, export: ExportDescription, limits: Limits) -> None:
        """Checks k and the ids."""
        self.check_k(request, limits)
        check_ids("item_ids", request.item_ids, export.item_ids, limits)

    def batch_key(self, request: FoldInRequest) -> Hashable:
        """One call excludes the items of the lists or doesn't."""
        return request.exclude_seen

    def answer(self, requests: Sequence[FoldInRequest], export: CallableExport) -> list[Any]:
        """{"export": version, "known", "items"} for each request."""
        outputs = export.call(
            self.signature,
            item_ids=padded_id_array([r.item_ids for r in requests], export.description.item_ids),
            k=np.int32(max(request.k for request in requests)),
            exclude_seen=np.bool_(requests[0].exclude_seen),
        )
        return [
            {"export": export.description.version, "known": known, "items": items}
            for known, items in rankings(outputs, [request.k for request in requests])
        ]
