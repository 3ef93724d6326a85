"""JSON answers."""

from typing import Any

import orjson
from starlette.responses import Response


def json_answer(status: int, value: Any) -> Response:
    """`value` as JSON."""
    return json_bytes(status, orjson.dumps(value))


def json_bytes(status: int, body: bytes) -> Response:
    """JSON that was written elsewhere."""
    headers = {"Retry-After": "1"} if status == 503 else None
    return Response(body, status, headers, media_type="application/json")
