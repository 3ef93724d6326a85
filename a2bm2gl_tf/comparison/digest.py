"""The digest by which a comparison recognises work that it has met before."""

import dataclasses
import hashlib
import json
from typing import Any

_DIGITS = 16


def digest_of(value: Any) -> str:
    """A digest of a JSON value or dataclass; equal values have equal digests, tuples being lists.

    Returns:
      16 hexadecimal digits.
    """
    text = json.dumps(value, sort_keys=True, default=dataclasses.asdict)
    return hashlib.blake2b(text.encode()).hexdigest()[:_DIGITS]
