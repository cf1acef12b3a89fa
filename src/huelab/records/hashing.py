"""One hash of a JSON value, whatever the order of its keys."""

import hashlib
import json
from typing import Any


def digest(thing: Any) -> str:
    """SHA-256 (64 hex digits) of a JSON value, independent of the order of keys.

    Raises:
        TypeError: for a value that JSON does not know.

    Example:
        >>> digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
        True
        >>> digest({"a": 1})[:8]
        'f9d86028'
    """
    text = json.dumps(thing, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
