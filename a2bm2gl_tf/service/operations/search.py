"""POST /search: users by id, items by id or title, for those who type the beginning of one."""

from collections.abc import Hashable, Sequence
from typing import Annotated, Any, Literal

import pydantic

from a2bm2gl_tf.service.description import ExportDescription
from a2bm2gl_tf.service.faults import RequestError
from a2bm2gl_tf.service.operations.operation import CallableExport, Operation, RequestBody
from a2bm2gl_tf.service.settings import Limits

LONGEST_TEXT = 200


class SearchRequest(RequestBody):
    """{"among": "users" | "items", "text": "...", "limit": 8}."""

    among: Literal["users", "items"]
    text: Annotated[str, pydantic.Field(max_length=LONGEST_TEXT)] = ""
    limit: Annotated[int, pydantic.Field(strict=True, ge=1)] = 8


class Search(Operation):
    """What begins with the text comes first, then what holds it; case does not matter."""

    name = "search"
    # Of every export: no signature of the SavedModel is called.
    signature = "recommend"
    request = SearchRequest

    def size(self, request: SearchRequest) -> int:
        """One, whatever is found."""
        del request
        return 1

    def check(self, request: SearchRequest, export: ExportDescription, limits: Limits) -> None:
        """Checks the limit."""
        del export
        if request.limit > limits.k:
            raise RequestError(422, f"limit is {request.limit}, the limit is {limits.k}")

    def batch_key(self, request: SearchRequest) -> Hashable:
        """Every request can be answered with every other."""
        del request
        return ()

    def answer(self, requests: Sequence[SearchRequest], export: CallableExport) -> list[Any]:
        """{"export": version, "results": [{"id", "title"}, ...]} for each request."""
        return [
            {
                "export": export.description.version,
                "results": [
                    {"id": original, "title": title}
                    for original, title in export.search(request.among, request.text, request.limit)
                ],
            }
            for request in requests
        ]
