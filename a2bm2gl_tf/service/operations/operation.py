"""A question that clients ask of an export: its JSON, its checks, and its call of a signature.

Both processes use these: the web process to validate a request, the engine to answer many at once.
An operation therefore imports neither TensorFlow nor a web framework.
"""

import abc
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np
import pydantic

from a2bm2gl_tf.service.description import ExportDescription
from a2bm2gl_tf.service.faults import RequestError
from a2bm2gl_tf.service.settings import Limits


class CallableExport(Protocol):
    """What an operation needs of a loaded export."""

    description: ExportDescription

    def call(self, signature: str, **inputs: np.ndarray) -> Mapping[str, np.ndarray]:
        """Outputs of a signature by name; texts are bytes."""

    def search(self, among: str, text: str, limit: int) -> list[tuple[int | str, str]]:
        """(id, title) of "users" or "items" by a piece of them."""


class RequestBody(pydantic.BaseModel):
    """Base of all requests: unknown fields are refused."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class Operation(abc.ABC):
    """One endpoint, POST /NAME.

    Attributes:
      name: the path without its slash.
      signature: of the SavedModel; where an export lacks it the endpoint answers 501.
      request: the body.
    """

    name: ClassVar[str]
    signature: ClassVar[str]
    request: ClassVar[type[RequestBody]]

    @abc.abstractmethod
    def size(self, request: RequestBody) -> int:
        """Ids in a request: what its cost and the size of a batch are counted in."""

    @abc.abstractmethod
    def check(self, request: RequestBody, export: ExportDescription, limits: Limits) -> None:
        """Refuses what a well-formed request may not ask of this export.

        Raises:
          RequestError: with status 422.
        """

    @abc.abstractmethod
    def batch_key(self, request: RequestBody) -> Hashable:
        """Requests of equal keys can share one call."""

    @abc.abstractmethod
    def answer(self, requests: Sequence[RequestBody], export: CallableExport) -> list[Any]:
        """Answers checked requests of one key by one call.

        Returns:
          What becomes the JSON body of each, in order.
        """

    def parse(self, body: bytes) -> RequestBody:
        """Reads a request's JSON.

        Raises:
          RequestError: 400 where it isn't JSON, 422 where it is something else than `request`.
        """
        try:
            return self.request.model_validate_json(body)
        except pydantic.ValidationError as error:
            fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
            if fault["type"] == "json_invalid":
                raise RequestError(400, f"the body is not JSON: {fault['msg']}") from None
            place = _spelled(fault["loc"])
            message = fault["msg"].removeprefix("Value error, ")
            raise RequestError(422, " ".join(f"{place}: {message}".split())) from None

    def check_signature(self, export: ExportDescription) -> None:
        """Refuses an operation that an export was written without.

        Raises:
          RequestError: with status 501.
        """
        if self.signature not in export.signatures:
            raise RequestError(
                501,
                f"the loaded export has no signature {self.signature}: write it again with the "
                "present version of export.py",
            )


def _spelled(location: Sequence[int | str]) -> str:
    """["user_ids", 3] as user_ids[3]."""
    text = ""
    for part in location:
        text += f"[{part}]" if isinstance(part, int) else f".{part[:80]!s}"
    return text.removeprefix(".") or "the body"
