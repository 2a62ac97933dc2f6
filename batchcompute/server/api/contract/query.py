"""Reading and checking query strings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, unquote_plus

from batchcompute.server.api.contract.document import Operation, Schema
from batchcompute.server.model.errors import ApiError, invalid

#: Operations and parameters whose unknown values are ignored, as the documentation says. An
#: enumeration cannot say that of itself.
_LENIENT = frozenset({("list_images", "Type")})

_TRUE_FALSE = {"true": True, "false": False}


def split_query(text: str) -> list[tuple[str, str]]:
    """Split a query string into names and values, still encoded.

    A name without `=` has an empty value, as in this API no difference is made between the two.
    """
    pairs = (part.partition("=") for part in text.split("&") if part)
    return [(name, value) for name, _, value in pairs]


def parse_query(text: str) -> dict[str, str]:
    """Read a query string; of a repeated name the last value counts.

    Raises:
        ApiError: It holds a zero byte, which no name has and not every database can compare with.
    """
    if not text:
        return {}
    if "%00" in text:
        raise ApiError(403, "InvalidQueryString", "The query string must not hold a zero byte.")
    return {unquote(name): unquote_plus(value) for name, value in split_query(text)}


def check_query(operation: Operation, query: Mapping[str, str]) -> dict[str, Any]:
    """Check the parameters that an operation knows, and ignore all others.

    A filter or an order that nobody knows is refused, for a program acts on all that a list holds:
    it would stop or delete what it did not ask for. So is a size beyond the largest page, as old
    programs take a page that is shorter than they asked for to be the last.

    Args:
        operation: The operation.
        query: Names and values as sent.

    Returns:
        Values of the parameters that were given, or that have a default.

    Raises:
        ApiError: A value has the wrong type, size, range or characters.
    """
    values: dict[str, Any] = {}
    for parameter in operation.query:
        text = query.get(parameter.name, "")
        if (operation.operation_id, parameter.name) in _LENIENT:
            text = text if text in parameter.schema["enum"] else ""
        if text:
            values[parameter.name] = _convert(parameter.name, text, parameter.schema)
        elif "default" in parameter.schema:
            values[parameter.name] = parameter.schema["default"]
    return values


def _convert(name: str, text: str, schema: Schema) -> Any:
    kind = schema.get("type")
    if kind == "integer":
        return _integer(name, text, schema)
    if kind == "boolean":
        if text.lower() not in _TRUE_FALSE:
            raise invalid(name, "Its type must be boolean.")
        return _TRUE_FALSE[text.lower()]
    low, high = schema.get("minLength", 0), schema.get("maxLength")
    if high is not None and not low <= len(text) <= high:
        raise invalid(name, f"Its length must be in [{low}, {high}].")
    if "pattern" in schema and not re.search(schema["pattern"], text):
        raise invalid(name, f"It must match {schema['pattern']}.")
    if "enum" in schema and text not in schema["enum"]:
        raise invalid(name, f"It must be one of {', '.join(schema['enum'])}.")
    return text


def _integer(name: str, text: str, schema: Schema) -> int:
    if not re.fullmatch(r"[+-]?[0-9]{1,18}", text):
        raise invalid(name, "Its type must be integer.")
    number = int(text)
    low, high = schema.get("minimum"), schema.get("maximum")
    if (low is not None and number < low) or (high is not None and number > high):
        raise invalid(name, f"It must be in [{low}, {high}].")
    return number
