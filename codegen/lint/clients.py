"""Rules about what the contract says to generators of clients: arguments, errors, pages, hooks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from codegen.lint.extensions import VOCABULARY
from codegen.lint.problem import Finding, Location
from codegen.lint.spec import Json, Operation, Spec
from codegen.surface.errors import ErrorTable
from codegen.surface.hooks import documented_errors

_PROJECT = Path(__file__).parents[2]
#: Who may read an extension. The lint does not count: a rule is no use by itself.
_READERS = ("codegen", "batchcompute/server", "clients")
_ROW = {"status", "code", "error", "retry", "general", "when", "remedy"}
_RETRY = ("final", "rejected", "ambiguous")
_REMEDY = ("clock", "credentials")
_PAGINATION = {"items", "next", "marker", "size"}


def extension_read(spec: Spec) -> Iterator[Finding]:
    """Every extension has a reader: what nothing reads is prose, or a promise that nobody keeps."""
    for key in sorted(VOCABULARY - _read_keys()):
        yield (), f"Nothing reads {key}; a generator or the service must, or it goes."


@cache
def _read_keys() -> frozenset[str]:
    """Return all strings in the code of the readers that are exactly an extension's name."""
    found = set()
    for folder in _READERS:
        for path in sorted((_PROJECT / folder).rglob("*.py")):
            if "lint" in path.relative_to(_PROJECT).parts:
                continue
            text = path.read_text(encoding="utf-8")
            # All names of extensions begin so, and few files have anything that does.
            if "x-" not in text:
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(node.value)
    return frozenset(found & VOCABULARY)


def error_table(spec: Spec) -> Iterator[Finding]:
    """The table of error codes is complete in itself: each code once, each row with its meaning."""
    seen: set[object] = set()
    for index, row in enumerate(spec.document.get("x-error-codes", ())):
        place = ("x-error-codes", index)
        if set(row) - _ROW or not {"status", "error", "retry", "when"} <= set(row):
            yield (
                place,
                "A row has status, error, retry and when, and may have code, remedy and general.",
            )
            continue
        if row["retry"] not in _RETRY:
            yield (*place, "retry"), f"retry must be one of {', '.join(_RETRY)}."
        if row.get("remedy", "clock") not in _REMEDY:
            yield (*place, "remedy"), f"remedy must be one of {', '.join(_REMEDY)}."
        key = row.get("code", row["status"])
        if key in seen:
            yield place, f"There is a row for {key} already."
        seen.add(key)


def operation_errors(spec: Spec) -> Iterator[Finding]:
    """The errors of an operation are in the table, with a sentence each."""
    table = ErrorTable(spec.document)
    for operation in spec.operations():
        errors = operation.body.get("x-errors", {})
        place = (*operation.location, "x-errors")
        if not isinstance(errors, dict):
            yield place, "x-errors must map codes to sentences."
            continue
        for code, sentence in errors.items():
            row = table.row(code)
            if row is None:
                yield (*place, code), f"{code} is not in x-error-codes."
            elif not str(sentence).endswith("."):
                yield (*place, code), "The sentence does not end as one does."
        text = str(operation.body.get("description", ""))
        if "Errors:" in text or "refused with 4" in text:
            yield (*operation.location, "description"), "Errors belong into x-errors."


def pagination(spec: Spec) -> Iterator[Finding]:
    """A list that comes in pages says how: what x-pagination names is there."""
    for operation in spec.operations():
        names = operation.body.get("x-pagination")
        query = {p["name"] for p in spec.parameters(operation) if p.get("in") == "query"}
        if names is None:
            if "Marker" in query:
                yield operation.location, "It takes a Marker, so it needs x-pagination."
            continue
        place = (*operation.location, "x-pagination")
        if not isinstance(names, dict) or set(names) != _PAGINATION:
            yield place, f"x-pagination must name {', '.join(sorted(_PAGINATION))}."
            continue
        properties = _result(spec, operation).get("properties", {})
        if spec.unwrap(properties.get(names["items"], {})).get("type") != "array":
            yield place, f"The response has no list {names['items']}."
        if names["next"] not in properties:
            yield place, f"The response has no {names['next']}."
        for part in ("marker", "size"):
            if names[part] not in query:
                yield place, f"There is no query parameter {names[part]}."
        if not str(operation.body.get("operationId", "")).startswith("list_"):
            yield place, "The operationId of a list begins with list_."


def _result(spec: Spec, operation: Operation) -> Json:
    for status, response in operation.body.get("responses", {}).items():
        if str(status).startswith("2"):
            content = spec.resolve(response).get("content", {})
            return spec.unwrap(content.get("application/json", {}).get("schema", {}))
    return {}


def variant(spec: Spec) -> Iterator[Finding]:
    """A variant names the operation that it is a mode of."""
    known = {one.body.get("operationId") for one in spec.operations()}
    for operation in spec.operations():
        found = operation.body.get("x-variant-of")
        if found is None:
            continue
        place = (*operation.location, "x-variant-of")
        if not isinstance(found, dict) or set(found) != {"operation", "argument"}:
            yield place, "x-variant-of must name an operation and an argument."
        elif found["operation"] not in known:
            yield place, f"There is no operation {found['operation']}."
    for operation in spec.operations():
        for key in ("x-filters", "x-long-running"):
            if operation.body.get(key, True) is not True:
                yield (*operation.location, key), f"{key} must be true, or left out."


def argument(spec: Spec) -> Iterator[Finding]:
    """What parameters and bodies say about the arguments of methods is about things that exist."""
    hooks = documented_errors()
    for location, one in _parameters(spec):
        name = one.get("x-argument", "name")
        if name is not False and not (isinstance(name, str) and name.isidentifier()):
            yield (*location, "x-argument"), "x-argument must be a name, or false."
        target = one.get("x-refers-to")
        if target is not None and target not in spec.components("schemas"):
            yield (*location, "x-refers-to"), f"There is no schema {target}."
        if "x-hook" in one and one["x-hook"] not in hooks:
            yield (*location, "x-hook"), f"There is no hook {one['x-hook']}."
    for name, schema in spec.components("schemas").items():
        place = ("components", "schemas", name)
        if "x-hook" in schema and schema["x-hook"] not in hooks:
            yield (*place, "x-hook"), f"There is no hook {schema['x-hook']}."
        if schema.get("x-result", "created") != "created":
            yield (*place, "x-result"), "x-result must be created, or left out."
    for operation in spec.operations():
        body = operation.body.get("requestBody")
        if body is not None:
            yield from _body(spec, (*operation.location, "requestBody"), spec.resolve(body))


def _parameters(spec: Spec) -> Iterator[tuple[Location, dict[str, Any]]]:
    for name, parameter in spec.components("parameters").items():
        yield ("components", "parameters", name), parameter
    for operation in spec.operations():
        for index, parameter in enumerate(operation.body.get("parameters", ())):
            if "$ref" not in parameter:
                yield (*operation.location, "parameters", index), parameter


def _body(spec: Spec, place: Location, body: Json) -> Iterator[Finding]:
    if body.get("x-unchecked", True) is not True:
        yield (*place, "x-unchecked"), "x-unchecked must be true, or left out."
    member = body.get("x-member")
    schema = body.get("content", {}).get("application/json", {}).get("schema", {})
    if member is not None and member not in spec.unwrap(schema).get("properties", {}):
        yield (*place, "x-member"), f"The body has no member {member}."
    known = {one.body.get("operationId") for one in spec.operations()}
    for index, shortcut in enumerate(body.get("x-shortcuts", ())):
        where = (*place, "x-shortcuts", index)
        if set(shortcut) != {"name", "member", "argument", "summary"}:
            yield where, "A shortcut has a name, a member, an argument and a summary."
        elif shortcut["name"] in known:
            yield where, f"There is an operation {shortcut['name']} already."
        else:
            prop = spec.unwrap(schema).get("properties", {}).get(shortcut["member"], {})
            if spec.unwrap(prop).get("type") != "object" or "properties" in spec.unwrap(prop):
                yield where, f"The body has no map {shortcut['member']}."
