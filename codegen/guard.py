"""What a specification must not contain, because it would become source code.

Texts (descriptions, defaults, enumeration values) may say anything: both generators and our own
templates write them as literals. Names end up as names of classes, attributes, modules and URLs,
so they are checked here, before any generator sees them.
"""

from __future__ import annotations

import keyword
import re
from typing import Any

from codegen.document import SpecError, operations, resolve, schemas

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_SNAKE = re.compile(r"[a-z][a-z0-9_]*")
#: Of an argument; the last underscore keeps it apart from a word of the language.
_ARGUMENT = re.compile(r"[a-z][a-z0-9_]*_?")
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_PATH = re.compile(r"(/([A-Za-z0-9._-]+|\{[A-Za-z][A-Za-z0-9_]*\}))+(\?[A-Za-z0-9=&_-]+)?")
_MEDIA_TYPE = re.compile(r"[a-z]+/[A-Za-z0-9.+*-]+")
_STATUS = re.compile(r"[1-5]([0-9]{2}|XX)|default")


def check(document: dict[str, Any]) -> None:
    """Refuse names that cannot be written into source code as they are.

    Everything else about a specification is for the lint, which `generate` runs first.

    Args:
        document: The specification.

    Raises:
        SpecError: A name or path is not what it must be; the message says where.
    """
    for section in ("paths", "components"):
        if not isinstance(document.get(section), dict):
            raise SpecError(f"the document has no {section}")
    _expect(_NAME, "component", "components.schemas", schemas(document))
    for name, schema in schemas(document).items():
        _expect(_NAME, "property", name, schema.get("properties", {}))
        _expect(_NAME, "mixin", f"{name}.x-mixin", schema.get("x-mixin", ()))
        _expect(_NAME, "alias", f"{name}.x-aliases", schema.get("x-aliases", ()))
        _expect(_SNAKE, "hook", f"{name}.x-hook", [schema.get("x-hook", "none")])
    for path, method, operation in operations(document):
        _expect(_PATH, "path", "paths", [path])
        _check_operation(document, f"{method.upper()} {path}", path, operation)


def _check_operation(
    document: dict[str, Any], where: str, path: str, operation: dict[str, Any]
) -> None:
    _expect(_SNAKE, "operationId", where, [operation.get("operationId")])
    _expect(_SNAKE, "tag", where, operation.get("tags", ()))
    _expect(_STATUS, "status", where, operation.get("responses", {}))
    for body in (operation.get("requestBody", {}), *operation.get("responses", {}).values()):
        _expect(_MEDIA_TYPE, "media type", where, body.get("content", {}))
    variant = operation.get("x-variant-of", {"argument": "none"})
    _expect(_ARGUMENT, "argument", where, [variant.get("argument")])
    body = operation.get("requestBody", {})
    _expect(_ARGUMENT, "argument", where, [body.get("x-argument", "none")])
    for shortcut in body.get("x-shortcuts", ()):
        _expect(_SNAKE, "shortcut", where, [shortcut["name"]])
        _expect(_ARGUMENT, "argument", where, [shortcut["argument"]])
    for given in [*document["paths"][path].get("parameters", ()), *operation.get("parameters", ())]:
        parameter = resolve(document, given)
        is_header = parameter.get("in") == "header"
        _expect(_HEADER if is_header else _NAME, "parameter", where, [parameter.get("name")])
        _expect(_ARGUMENT, "argument", where, [parameter.get("x-argument", "none") or "none"])
        _expect(_SNAKE, "hook", where, [parameter.get("x-hook", "none")])


def _expect(pattern: re.Pattern[str], what: str, where: str, names: Any) -> None:
    for name in names:
        if not isinstance(name, str) or not pattern.fullmatch(name) or keyword.iskeyword(name):
            raise SpecError(f"{where}: the {what} {name!r} cannot be written into source code")
