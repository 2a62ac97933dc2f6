"""Old import path of two helpers around answers and names."""

from __future__ import annotations

import json
from typing import Any

from batchcompute._models.times import parse_time
from batchcompute.exceptions import JsonError

__all__ = [
    "CamelCasedClass",
    "remap",
]


class CamelCasedClass(type):
    """A metaclass that adds nothing, for old programs that name it."""


def remap(body: str | bytes) -> Any:
    """Decode JSON, and turn the times below keys that end in `Time` into local `datetime` objects.

    The client does not use this: it converts the declared time attributes only, and leaves maps of
    user data alone.

    Args:
        body: JSON text; an empty one is an empty object.

    Returns:
        The decoded content; what cannot be read as a time stays text.

    Raises:
        JsonError: The text is not JSON.
    """
    if not body.strip():
        return {}
    try:
        return json.loads(body, object_hook=_with_times)
    except ValueError:
        raise JsonError("the body") from None


def _with_times(content: dict[str, Any]) -> dict[str, Any]:
    return {
        key: parse_time(value) if key.endswith("Time") else value for key, value in content.items()
    }
