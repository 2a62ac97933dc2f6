"""The rule that everything is described."""

from __future__ import annotations

from collections.abc import Iterator

from codegen.lint.problem import Finding, Location
from codegen.lint.spec import Json, Spec


def description(spec: Spec) -> Iterator[Finding]:
    """Everything that a reader may look up has a description."""
    for location, element in _described(spec):
        text = element.get("description", "")
        if not text.strip():
            yield location, "There is no description."
        elif text.strip()[-1] not in ".|`":
            yield location, "The description does not end as a sentence does."
    for operation in spec.operations():
        if not operation.body.get("summary", "").strip():
            yield operation.location, "There is no summary."


def _described(spec: Spec) -> Iterator[tuple[Location, Json]]:
    document = spec.document
    yield ("info",), document["info"]
    for index, tag in enumerate(document.get("tags", ())):
        yield ("tags", index), tag
    for index, server in enumerate(document.get("servers", ())):
        yield ("servers", index), server
        for name, variable in server.get("variables", {}).items():
            yield ("servers", index, "variables", name), variable
    for operation in spec.operations():
        yield operation.location, operation.body
        if "requestBody" in operation.body:
            yield (*operation.location, "requestBody"), spec.resolve(operation.body["requestBody"])
        for index, parameter in enumerate(operation.body.get("parameters", ())):
            if "$ref" not in parameter:
                yield (*operation.location, "parameters", index), parameter
    yield from spec.responses()
    for kind in ("parameters", "headers", "securitySchemes", "schemas"):
        for name, component in spec.components(kind).items():
            yield ("components", kind, name), component
    for location, _, _, prop in spec.properties():
        yield location, prop
