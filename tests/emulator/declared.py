"""What the contract says about the errors of each operation, for tests of the service."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from codegen.surface.errors import ErrorRow, ErrorTable
from codegen.surface.errors import fits as fits

_CONTRACT = Path(__file__).parents[2] / "batchcompute" / "_generated" / "schemas" / "openapi.json"
_DOCUMENT: dict[str, Any] = json.loads(_CONTRACT.read_text(encoding="utf-8"))
TABLE = ErrorTable(_DOCUMENT)


@dataclass(frozen=True)
class Operation:
    """An operation of the contract.

    Attributes:
        name: Its name.
        method: HTTP method, upper case.
        path: Path template.
        query: The constant query.
        errors: The codes that it declares.
    """

    name: str
    method: str
    path: str
    query: str
    errors: tuple[str, ...]


OPERATIONS = tuple(
    Operation(
        operation["operationId"],
        method.upper(),
        path.partition("?")[0],
        path.partition("?")[2],
        tuple(operation.get("x-errors", ())),
    )
    for path, item in _DOCUMENT["paths"].items()
    for method, operation in item.items()
)


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "[^/]*", path))


def operation_of(method: str, target: str) -> Operation | None:
    """Return the operation that a request is about."""
    path, _, query = target.partition("?")
    keys = {part.partition("=")[0] for part in query.split("&")}
    found = [
        one for one in OPERATIONS if one.method == method and _pattern(one.path).fullmatch(path)
    ]
    # A variant is known by its key.
    variants = [one for one in found if one.query and one.query.partition("=")[0] in keys]
    return next(iter(variants or [one for one in found if not one.query]), None)


def check(method: str, target: str, response: httpx.Response) -> None:
    """Fail on an error that the contract does not expect there.

    Args:
        method: HTTP method of the request.
        target: Its path and query.
        response: What came.
    """
    if response.status_code < 400 or not response.content:
        return
    code = response.json()["Code"]
    row = TABLE.row(code)
    assert row is not None, f"{code} is not in x-error-codes"
    operation = operation_of(method, target)
    if operation is None:
        assert row.general, f"{code} of an unknown operation"
        return
    allowed = row.general or any(fits(one, code) for one in operation.errors)
    assert allowed, f"{operation.name} answered with {code}, and x-errors does not say so"
    _check_status(row, code, response.status_code)


def _check_status(row: ErrorRow, code: str, status: int) -> None:
    expected = {row.status, 429} if row.retry == "rejected" else {row.status}
    assert status in expected, f"{code} came with {status} instead of {row.status}"
