"""Read values of a wrong JSON type that can mean one thing only.

Programs that put their requests together from the fields of a form, or from the results of a
division, write `"10"` and `3.0` for whole numbers; others write the numbers of a map of texts as
numbers. What has one reading is taken for that, and kept and shown in the type of the
specification, so that strict clients can read it back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast

from pydantic import ValidationError

from batchcompute.server.api.contract.document import Contract, Schema, below

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_BOOLEANS = {"true": True, "false": False}

#: Counts for which the vendor's Java library sends -1 if they were never set.
_UNSET_COUNTS = frozenset({"DesiredVMCount"})
_UNSET = -1


def convert(
    contract: Contract, component: str, body: dict[str, Any], error: ValidationError
) -> bool:
    """Convert what is at fault in a body and has one reading.

    Args:
        contract: The specification.
        component: Name of the body's component.
        body: The body; it is changed.
        error: What is wrong with it.

    Returns:
        Whether anything was changed, so that it has to be checked anew.
    """
    items = error.errors(include_url=False, include_context=False, include_input=False)
    schema = contract.schema(component)
    changed = [_convert(contract, schema, body, item["loc"]) for item in items]
    return any(changed)


def _convert(
    contract: Contract, schema: Schema, node: object, location: Sequence[int | str]
) -> bool:
    """Convert one value, or take it away if it stands for an absent one."""
    schema = contract.resolve(schema)
    owner: Schema = {}
    parent: dict[int | str, object] | None = None
    key: int | str = ""
    for step in location:
        members, items = _members(node), _items(node)
        if step in members:
            parent, node = members, members[step]
        elif isinstance(step, int) and step < len(items):
            parent, node = None, items[step]
        else:
            # The name of an alternative in a union, not a part of the document.
            continue
        owner, key = schema, step
        schema = contract.resolve(below(schema, step))
    if parent is None:
        return False
    if _is_unset(owner, key, node):
        del parent[key]
        return True
    meant = _meant(schema.get("type"), bool(owner.get("x-stringify")), node)
    if meant is not None:
        parent[key] = meant
    return meant is not None


def _members(node: object) -> dict[int | str, object]:
    return cast("dict[int | str, object]", node) if isinstance(node, dict) else {}


def _items(node: object) -> list[object]:
    return cast("list[object]", node) if isinstance(node, list) else []


def _is_unset(owner: Schema, key: int | str, value: object) -> bool:
    return value == _UNSET and key in _UNSET_COUNTS and key not in owner.get("required", ())


def _meant(kind: str | None, stringified: bool, value: object) -> object:
    """Return the one thing that a value can mean, or None if there is none."""
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if kind == "integer" and isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if kind == "number" and isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    if kind == "boolean" and isinstance(value, str):
        return _BOOLEANS.get(value.lower())
    if kind == "string" and stringified:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int | float):
            return str(value)
    return None
