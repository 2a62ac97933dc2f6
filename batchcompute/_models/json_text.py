"""Models as JSON text, and the objects that JSON text holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from batchcompute._models.content import masked
from batchcompute._models.times import format_time
from batchcompute.exceptions import JsonError


class BatchEncoder(json.JSONEncoder):
    """JSON encoder for structures that contain descriptions, statuses and times, at any depth.

    Use it as `json.dumps(x, cls=BatchEncoder)`. Times become `YYYY-MM-DD HH:MM:SS[.ffffff]`.
    """

    def default(self, o: Any) -> Any:
        """Return what JSON can hold for a model, a response, a time or bytes."""
        if hasattr(o, "_for_json"):
            return o._for_json()
        if isinstance(o, datetime):
            return format_time(o)
        if isinstance(o, bytes):
            return o.decode("utf-8")
        if isinstance(o, Mapping):
            return dict(cast("Mapping[object, Any]", o))
        return super().default(o)


_COMPACT = BatchEncoder(check_circular=False)


def encode(model: Any, indent: int | None) -> str:
    """Return a model as JSON text.

    Args:
        model: The model.
        indent: Spaces per level; None writes everything on one line.

    Raises:
        ValueError: A map or list of the model contains itself.
    """
    compact = indent is None
    encoder = _COMPACT if compact else BatchEncoder(indent=indent, check_circular=False)
    try:
        return encoder.encode(model._for_json())
    except RecursionError:
        # Watching for circles takes time, and there hardly ever is one; if there is, an encoder
        # that does watch says so.
        return BatchEncoder(indent=indent).encode(model)


def encode_masked(value: Any) -> str:
    """Return what `encode` does, for people to read: with secrets masked, and without errors."""
    try:
        return json.dumps(masked(value), indent=4, default=repr)
    except RecursionError:
        return f"<{type(value).__name__} that contains itself>"


def parse_object(text: Any) -> dict[str, Any]:
    """Return the content of JSON text that must hold an object.

    Args:
        text: The text, or its bytes in UTF-8.

    Raises:
        JsonError: The text is not JSON; its own words stay out of the message.
        TypeError: It is no text, or its JSON is no object.
    """
    if not isinstance(text, str | bytes):
        raise TypeError(f"JSON text is needed, not {type(text).__name__}")
    try:
        content: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        # The text itself stays out of the message: descriptions can hold access keys.
        raise JsonError(f"Bad json format string: {error}") from None
    if not isinstance(content, dict):
        raise TypeError(f"the JSON text must hold an object, not {type(content).__name__}")
    return cast("dict[str, Any]", content)
