"""From a message of requests to a message of answers."""

import logging
from collections.abc import Sequence

import orjson

from a2bm2gl_tf.service.faults import RequestError
from a2bm2gl_tf.service.operations.operation import CallableExport, RequestBody
from a2bm2gl_tf.service.operations.registry import OPERATIONS
from a2bm2gl_tf.service.settings import Limits

_LOG = logging.getLogger(__name__)


def answer_message(parts: Sequence[bytes], export: CallableExport, limits: Limits) -> list[bytes]:
    """Answers requests of one operation.

    Args:
      parts: the operation's name, then the JSON of each request.
      export: what to ask.
      limits: as in the web process.

    Returns:
      For each request two parts: an HTTP status in digits and a JSON body. A request that fails
      its checks (the web process may have checked it against the export before) leaves the others
      alone; a fault of the call itself is the answer of all that shared it.
    """
    operation = OPERATIONS[parts[0].decode()]
    answers: list[tuple[int, bytes]] = [(500, b"")] * (len(parts) - 1)
    groups: dict[object, list[tuple[int, RequestBody]]] = {}
    for place, body in enumerate(parts[1:]):
        try:
            request = operation.parse(body)
            operation.check_signature(export.description)
            operation.check(request, export.description, limits)
        except RequestError as error:
            answers[place] = (error.status, fault_body(error.message))
        else:
            groups.setdefault(operation.batch_key(request), []).append((place, request))
    for members in groups.values():
        try:
            bodies = operation.answer([request for _, request in members], export)
            found = [(200, orjson.dumps(body)) for body in bodies]
        except Exception:
            _LOG.exception("/%s failed for %d requests", operation.name, len(members))
            found = [(500, fault_body("the engine failed; its log says why"))] * len(members)
        for (place, _), answer in zip(members, found, strict=True):
            answers[place] = answer
    return [part for status, body in answers for part in (str(status).encode(), body)]


def fault_body(message: str) -> bytes:
    """{"error": message}: the JSON of every answer with a status of 400 or above."""
    return orjson.dumps({"error": message})
