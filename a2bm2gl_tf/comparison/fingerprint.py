"""Digests by which a comparison recognises data and work that it has met before."""

import dataclasses
import hashlib
import json
from typing import Any

from a2bm2gl_tf.data.fingerprint import data_fingerprint

__all__ = ["data_fingerprint", "digest_of"]

_DIGITS = 16


def digest_of(value: Any) -> str:
    """A digest of a JSON value or dataclass; equal values have equal digests, tuples being lists.

    Returns:
      16 hexadecimal digits.
    """
    text = json.dumps(value, sort_keys=True, default=dataclasses.asdict)
    return hashlib.blake2b(text.encode()).hexdigest()[:_DIGITS]
