"""The specification document and its operations."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, cast

Schema = Mapping[str, Any]

_METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter.

    Attributes:
        name: Its name on the wire.
        schema: What it may be, without references.
    """

    name: str
    schema: Schema


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API.

    Attributes:
        operation_id: Its name.
        method: HTTP method, upper case.
        template: Path with `{Parameter}` segments, without a query.
        marker: Query key that tells it from another operation of the same path, or "".
        success: HTTP status of a success.
        body: Component that describes the request body, or "" if there is none.
        query: Its query parameters.
        echo: Component of the description that a success sends back, or "" if it sends none.
    """

    operation_id: str
    method: str
    template: str
    marker: str
    success: int
    body: str
    query: tuple[Parameter, ...]
    echo: str = ""


class Contract:
    """A read specification."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read the operations of an OpenAPI document."""
        self._document = document
        self.operations = tuple(self._operations())

    def schema(self, name: str) -> Schema:
        """Return a component schema by its name."""
        return cast("Schema", self._document["components"]["schemas"][name])

    def resolve(self, schema: Schema) -> Schema:
        """Follow references, and the single-element `allOf` that carries one."""
        while True:
            if "$ref" in schema:
                schema = self._lookup(schema["$ref"])
            elif len(schema.get("allOf", ())) == 1:
                schema = schema["allOf"][0]
            else:
                return schema

    def _operations(self) -> list[Operation]:
        found: list[Operation] = []
        for path, item in self._document["paths"].items():
            template, _, constant = path.partition("?")
            shared = item.get("parameters", [])
            for method in _METHODS:
                if method not in item:
                    continue
                operation = item[method]
                responses = operation["responses"]
                success = min(code for code in responses if code.startswith("2"))
                found.append(
                    Operation(
                        operation_id=operation["operationId"],
                        method=method.upper(),
                        template=template,
                        marker=constant.partition("=")[0],
                        success=int(success),
                        body=_component(operation.get("requestBody", {})),
                        query=self._query([*shared, *operation.get("parameters", [])]),
                        echo=self._echo(_component(responses[success])),
                    )
                )
        return found

    def _echo(self, component: str) -> str:
        if not component:
            return ""
        schema = self.schema(component)
        variants = [self.resolve(each) for each in schema.get("oneOf", (schema,))]
        return component if variants[0].get("x-role") == "description" else ""

    def _query(self, parameters: list[Schema]) -> tuple[Parameter, ...]:
        resolved = [self.resolve(parameter) for parameter in parameters]
        return tuple(
            Parameter(parameter["name"], self.resolve(parameter["schema"]))
            for parameter in resolved
            if parameter["in"] == "query"
        )

    def _lookup(self, reference: str) -> Schema:
        node: Any = self._document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        return cast("Schema", node)


def below(schema: Schema, step: int | str) -> Schema:
    """Return the schema of a member, a value or an item; it may be a reference.

    Args:
        schema: A schema without references.
        step: Name of the member or key of the value, or number of the item.
    """
    properties = schema.get("properties", {})
    if step in properties:
        return cast("Schema", properties[step])
    if isinstance(step, int):
        return cast("Schema", schema.get("items", {}))
    further = schema.get("additionalProperties")
    return cast("Schema", further) if isinstance(further, Mapping) else {}


def _component(message: Mapping[str, Any]) -> str:
    """Return the component that a request or a response consists of, or ""."""
    content = message.get("content", {})
    reference: str = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    return reference.rpartition("/")[2]


@cache
def load_contract() -> Contract:
    """Return the contract that this service was built for."""
    text = (
        files("batchcompute._generated.schemas")
        .joinpath("openapi.json")
        .read_text(encoding="utf-8")
    )
    return Contract(json.loads(text))
