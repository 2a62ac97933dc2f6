"""What a specification must not contain, because it would become source code.

Texts (descriptions, defaults, enumeration values) may say anything: both generators and our own
templates write them as literals. Names end up as names of classes, attributes, modules and URLs,
so they are checked here, before any generator sees them.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from typing import Any

from codegen.document import SpecError, operations, schemas

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SNAKE = re.compile(r"[a-z][a-z0-9_]*")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_PATH = re.compile(r"(/([A-Za-z0-9._-]+|\{[A-Za-z][A-Za-z0-9_]*\}))+(\?[A-Za-z0-9=&_-]+)?")
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9.+*-]+")
_STATUS = re.compile(r"[1-5]([0-9]{2}|XX)|default")


def check(document: dict[str, Any]) -> None:
    """Refuse names that cannot be written into source code as they are.

    Args:
        document: The specification.

    Raises:
        SpecError: A name or path is not what it must be, or a property that another member names
            does not exist; the message says where.
    """
    for section in ("paths", "components"):
        if not isinstance(document.get(section), dict):
            raise SpecError(f"the document has no {section}")
    _expect(_NAME, "component", "components.schemas", schemas(document))
    for name, schema in schemas(document).items():
        _check_schema(name, schema)
    for path, method, operation in operations(document):
        _expect(_PATH, "path", "paths", [path])
        _check_operation(document, f"{method.upper()} {path}", path, operation)


def _check_schema(name: str, schema: dict[str, Any]) -> None:
    properties = schema.get("properties", {})
    _expect(_NAME, "property", name, properties)
    _expect(_NAME, "mixin", f"{name}.x-mixin", schema.get("x-mixin", ()))
    named = {
        "required": schema.get("required", ()),
        "x-client-required": schema.get("x-client-required", ()),
        "x-exactly-one-of": [one for group in schema.get("x-exactly-one-of", ()) for one in group],
        "x-identity": [schema["x-identity"]] if "x-identity" in schema else (),
    }
    for member, names in named.items():
        for one in names:
            if one not in properties:
                raise SpecError(f"{name}.{member}: there is no property {one!r}")


def _check_operation(
    document: dict[str, Any], where: str, path: str, operation: dict[str, Any]
) -> None:
    _expect(_SNAKE, "operationId", where, [operation.get("operationId")])
    tags = operation.get("tags", ())
    if len(tags) != 1:
        raise SpecError(f"{where}: an operation has one tag, not {len(tags)}")
    _expect(_SNAKE, "tag", where, tags)
    if not isinstance(operation.get("x-idempotent"), bool):
        raise SpecError(f"{where}: x-idempotent must be true or false")
    _expect(_STATUS, "status", where, operation.get("responses", {}))
    for content in _contents(operation):
        _expect(_MEDIA_TYPE, "media type", where, content)
    queries = set()
    for given in [*document["paths"][path].get("parameters", ()), *operation.get("parameters", ())]:
        parameter = _resolved(document, given)
        is_header = parameter.get("in") == "header"
        _expect(_HEADER if is_header else _NAME, "parameter", where, [parameter.get("name")])
        if {*'"\\'} & {*str(parameter.get("schema", {}).get("default", ""))}:
            # openapi-python-client 0.29.1 escapes these twice, so that callers would send more.
            raise SpecError(
                f"{where}: the default of {parameter['name']} must have no quote or backslash"
            )
        if parameter.get("in") == "query":
            queries.add(parameter["name"])
    token = operation.get("x-idempotency-token")
    if token is not None and token not in queries:
        raise SpecError(f"{where}: there is no query parameter {token!r}")


def _contents(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for body in (operation.get("requestBody", {}), *operation.get("responses", {}).values()):
        yield body.get("content", {})


def _resolved(document: dict[str, Any], parameter: dict[str, Any]) -> dict[str, Any]:
    """Follow the reference that a parameter may be."""
    reference = str(parameter.get("$ref", ""))
    if not reference:
        return parameter
    found = document["components"].get("parameters", {}).get(reference.rpartition("/")[2])
    if not isinstance(found, dict):
        raise SpecError(f"{reference!r} refers to nothing")
    return found


def _expect(pattern: re.Pattern[str], what: str, where: str, names: Any) -> None:
    for name in names:
        if not isinstance(name, str) or not pattern.fullmatch(name) or keyword.iskeyword(name):
            raise SpecError(f"{where}: the {what} {name!r} cannot be written into source code")
