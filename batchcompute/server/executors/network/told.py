"""Values that were said on a port; who says something else is told where, and what is wanted."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn, cast

from batchcompute.server.executors.network.protocol import RefusedError

#: Values in one request. Each takes a hundred times the bytes here that it took on its way.
_MOST_VALUES = 500_000


def read_body(data: bytes | bytearray) -> dict[str, Any]:
    """Read the body of a request.

    Raises:
        RefusedError: It is no JSON object, or would take too much memory.
    """
    if sum(map(data.count, (b",", b"[", b"{"))) > _MOST_VALUES:
        raise RefusedError("request", f"the body has more than {_MOST_VALUES} values")
    try:
        body = json.loads(data, parse_constant=_refuse_constant)
    except RecursionError:
        raise RefusedError("request", "the body is nested too deep") from None
    except ValueError as error:
        raise RefusedError("request", f"the body is not JSON: {error}") from error
    return fields(body, "the body")


def fields(value: object, path: str) -> dict[str, Any]:
    """Take an object."""
    if not isinstance(value, dict):
        _refuse(path, "an object")
    return cast("dict[str, Any]", value)


def items(value: object, path: str, most: int) -> list[Any]:
    """Take an array of so many values at the most."""
    if not isinstance(value, list | tuple) or len(cast("list[Any]", value)) > most:
        _refuse(path, f"an array of at most {most} values")
    return list(cast("list[Any]", value))


def text(value: object, path: str, longest: int) -> str:
    """Take a text of so many characters at the most."""
    if not isinstance(value, str) or len(value) > longest:
        _refuse(path, f"a text of at most {longest} characters")
    return value


def whole(value: object, path: str, least: int, most: int) -> int:
    """Take a whole number within limits."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        _refuse(path, f"a whole number from {least} to {most}")
    return value


def number(value: object, path: str, most: float) -> float:
    """Take a number from 0 on, up to a limit."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # Compared before it is made a float, which the longest ones cannot be.
    if not (is_number and 0 <= cast("float", value) <= most and math.isfinite(most)):
        _refuse(path, f"a number from 0 to {most:g}")
    return float(cast("float", value))


def truth(value: object, path: str) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        _refuse(path, "true or false")
    return value


def one_of(value: object, path: str, words: Mapping[str, Any]) -> str:
    """Take one of some words."""
    if not isinstance(value, str) or value not in words:
        _refuse(path, f"one of {', '.join(words)}")
    return value


def _refuse(path: str, what: str) -> NoReturn:
    raise RefusedError("request", f"{path} is to be {what}")


def _refuse_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")
