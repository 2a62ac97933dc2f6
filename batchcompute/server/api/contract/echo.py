"""Complete the descriptions that are sent back to callers.

A description is echoed as it was submitted, and programs read members of it that nobody had to
submit: the hosted service sent those always. The specification marks them with `x-echo-default`.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from typing import Any, cast

from batchcompute.server.api.contract.document import Contract, Schema

_EXTENSION = "x-echo-default"


def complete(contract: Contract, component: str, description: dict[str, Any]) -> None:
    """Add the members that every echo has, where the caller sent none.

    Args:
        contract: The specification.
        component: Name of the description's component.
        description: The description; it is changed.
    """
    _complete(contract, contract.schema(component), description)


def _complete(contract: Contract, schema: Schema, node: object) -> None:
    if not isinstance(node, dict):
        return
    members = cast("dict[str, object]", node)
    schema = contract.resolve(schema)
    for name, prop in schema.get("properties", {}).items():
        if name not in members and _EXTENSION in prop:
            members[name] = copy(prop[_EXTENSION])
        if name in members:
            _complete(contract, prop, members[name])
    values = schema.get("additionalProperties")
    if isinstance(values, Mapping):
        for value in members.values():
            _complete(contract, cast("Schema", values), value)
