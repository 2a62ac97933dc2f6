"""The specification as the rules look at it: operations, schemas and examples with their places."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from codegen import document
from codegen.document import METHODS
from codegen.lint.problem import Location

Json = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """An operation and where it stands."""

    location: Location
    path: str
    method: str
    body: Json


@dataclass(frozen=True)
class SchemaAt:
    """A schema and where it stands.

    Attributes:
        location: Its place in the document.
        schema: The schema itself, possibly a reference.
        role: What it is there: `component`, `property`, `items`, `values` (of a map), `variant`
            (of anyOf, oneOf or allOf), `parameter`, `header` or `body`.
        owner: The component it belongs to, or "".
        name: The name of the property, the component or the parameter; "" if it has none.
    """

    location: Location
    schema: Json
    role: str
    owner: str
    name: str


@dataclass(frozen=True)
class ExampleAt:
    """A reference to a file with an example, and the schema that the file must fit."""

    location: Location
    example: Json
    schema: Json


class Spec:
    """A parsed specification with the walks that the rules need."""

    def __init__(self, parsed: Json, path: str | os.PathLike[str]) -> None:
        """Wrap a document.

        Args:
            parsed: The parsed specification.
            path: Where it was read from; examples are found relative to it.
        """
        self.document = parsed
        self.path = Path(path)

    def components(self, kind: str) -> Json:
        """Return the components of one kind by name."""
        found = self.document.get("components", {}).get(kind, {})
        return found if isinstance(found, dict) else {}

    def lookup(self, ref: str) -> Any:
        """Return what a local reference points at, or None."""
        return document.lookup(self.document, ref)

    def resolve(self, value: Json) -> Json:
        """Follow references until something else is found."""
        return document.resolve(self.document, value)

    def unwrap(self, schema: Json) -> Json:
        """Resolve a schema, and also the allOf around a single reference."""
        return document.unwrap(self.document, schema)

    def operations(self) -> Iterator[Operation]:
        """Walk all operations."""
        for path, item in self.document.get("paths", {}).items():
            for method in METHODS:
                if method in item:
                    yield Operation(("paths", path, method), path, method, item[method])

    def parameters(self, operation: Operation) -> Iterator[Json]:
        """Walk the parameters of an operation, resolved."""
        item = self.document["paths"][operation.path]
        for parameter in [*item.get("parameters", ()), *operation.body.get("parameters", ())]:
            yield self.resolve(parameter)

    def responses(self) -> Iterator[tuple[Location, Json]]:
        """Walk the responses that are written out: in operations and in the components."""
        for operation in self.operations():
            for status, response in operation.body.get("responses", {}).items():
                if "$ref" not in response:
                    yield (*operation.location, "responses", status), response
        for name, response in self.components("responses").items():
            yield ("components", "responses", name), response

    def media_types(self) -> Iterator[tuple[Location, Json]]:
        """Walk the media types of all requests and responses."""
        holders = list(self.responses())
        for operation in self.operations():
            if "requestBody" in operation.body:
                location = (*operation.location, "requestBody")
                holders.append((location, self.resolve(operation.body["requestBody"])))
        for location, holder in holders:
            for name, media_type in holder.get("content", {}).items():
                yield (*location, "content", name), media_type

    def examples(self) -> Iterator[ExampleAt]:
        """Walk the examples of all requests and responses."""
        for location, media_type in self.media_types():
            for key, example in media_type.get("examples", {}).items():
                place = (*location, "examples", key)
                yield ExampleAt(place, self.resolve(example), media_type.get("schema", {}))

    def schemas(self) -> Iterator[SchemaAt]:
        """Walk all schemas, outer ones before inner ones."""
        for name, schema in self.components("schemas").items():
            yield from _walk(("components", "schemas", name), schema, "component", name, name)
        for name, parameter in self.components("parameters").items():
            if "schema" in parameter:
                where = ("components", "parameters", name, "schema")
                yield from _walk(where, parameter["schema"], "parameter", "", name)
        for name, header in self.components("headers").items():
            if "schema" in header:
                where = ("components", "headers", name, "schema")
                yield from _walk(where, header["schema"], "header", "", name)
        for operation in self.operations():
            for index, parameter in enumerate(operation.body.get("parameters", ())):
                if "schema" in parameter:
                    place = (*operation.location, "parameters", index, "schema")
                    yield from _walk(place, parameter["schema"], "parameter", "", parameter["name"])
        for location, media_type in self.media_types():
            if "schema" in media_type:
                yield from _walk((*location, "schema"), media_type["schema"], "body", "", "")

    def objects(self) -> Iterator[tuple[str, Json]]:
        """Walk the components that describe objects."""
        for name, schema in self.components("schemas").items():
            if schema.get("type") == "object":
                yield name, schema

    def properties(self) -> Iterator[tuple[Location, str, str, Json]]:
        """Walk the properties of all object components: location, component, name, schema."""
        for owner, schema in self.objects():
            for name, prop in schema.get("properties", {}).items():
                yield ("components", "schemas", owner, "properties", name), owner, name, prop

    def discriminators(self) -> set[tuple[str, str]]:
        """Return component and property of everything that tells the variants of a union apart."""
        found = set()
        for schema in self.components("schemas").values():
            discriminator = schema.get("discriminator", {})
            for target in discriminator.get("mapping", {}).values():
                found.add((target.rsplit("/", 1)[-1], discriminator.get("propertyName", "")))
        return found


def _walk(location: Location, schema: Json, role: str, owner: str, name: str) -> Iterator[SchemaAt]:
    yield SchemaAt(location, schema, role, owner, name)
    for key, prop in schema.get("properties", {}).items():
        yield from _walk((*location, "properties", key), prop, "property", owner, key)
    for key, inner_role in (("items", "items"), ("additionalProperties", "values")):
        if isinstance(inner := schema.get(key), dict):
            yield from _walk((*location, key), inner, inner_role, owner, name)
    for key in ("allOf", "anyOf", "oneOf"):
        for index, inner in enumerate(schema.get(key, ())):
            yield from _walk((*location, key, index), inner, "variant", owner, name)
