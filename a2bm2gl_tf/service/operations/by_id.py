"""Lists for ids: each id of a request gets a list of its own."""

import abc
from collections.abc import Hashable, Sequence
from typing import Any, ClassVar

import numpy as np

from a2bm2gl_tf.service.description import ExportDescription, IdKind
from a2bm2gl_tf.service.operations.ids import check_ids, id_array
from a2bm2gl_tf.service.operations.operation import CallableExport
from a2bm2gl_tf.service.operations.ranked import RankedOperation, RankedRequest, rankings
from a2bm2gl_tf.service.settings import Limits

# 64 MiB of float32.
_SCORES_PER_CALL = 2**24


class ListsById(RankedOperation, abc.ABC):
    """`recommend` and `similar`.

    Attributes:
      field: name of the request's list of ids, which is also the signature's input.
      answer_field: name of one id in the answer.
    """

    field: ClassVar[str]
    answer_field: ClassVar[str]

    @abc.abstractmethod
    def kind(self, export: ExportDescription) -> IdKind:
        """Kind of the ids."""

    def other_inputs(self, request: RankedRequest) -> dict[str, np.ndarray]:
        """Inputs of the signature that all requests of a batch share."""
        del request
        return {}

    def size(self, request: RankedRequest) -> int:
        """The number of ids."""
        return len(getattr(request, self.field))

    def check(self, request: RankedRequest, export: ExportDescription, limits: Limits) -> None:
        """Checks k and the ids."""
        self.check_k(request, limits)
        check_ids(self.field, getattr(request, self.field), self.kind(export), limits)

    def batch_key(self, request: RankedRequest) -> Hashable:
        """Every request can share a call with every other."""
        del request
        return ()

    def answer(self, requests: Sequence[RankedRequest], export: CallableExport) -> list[Any]:
        """{"export": version, "results": [{id, "known", "items"}, ...]} for each request."""
        wanted = [
            (original, request.k)
            for request in requests
            for original in getattr(request, self.field)
        ]
        # A call takes memory in proportion to ids x items.
        block = max(1, _SCORES_PER_CALL // export.description.num_items)
        lists = []
        for start in range(0, len(wanted), block):
            ids, lengths = zip(*wanted[start : start + block], strict=True)
            outputs = export.call(
                self.signature,
                **{self.field: id_array(ids, self.kind(export.description))},
                k=np.int32(max(lengths)),
                **self.other_inputs(requests[0]),
            )
            lists.extend(rankings(outputs, lengths))
        results = iter(
            {self.answer_field: original, "known": known, "items": items}
            for (original, _), (known, items) in zip(wanted, lists, strict=True)
        )
        return [
            {
                "export": export.description.version,
                "results": [next(results) for _ in range(self.size(request))],
            }
            for request in requests
        ]
