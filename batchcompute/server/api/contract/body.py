"""Reading and checking request bodies.

The generated pydantic models find what is wrong; this module says it in the words of the API,
with the place of every fault in the document that was sent.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json

from batchcompute._generated import schemas
from batchcompute.server.api.contract.document import Contract, Schema, below
from batchcompute.server.api.contract.leniency import convert
from batchcompute.server.model.errors import ApiError, invalid, missing

#: The strict reader's depth.
_SHALLOW = 200

_NAME_PATTERN = "^[A-Za-z_-]"
_NAME_RULE = "It must only contain characters within [a-zA-Z0-9_-], and must not start with [0-9]."


def parse_body(raw: bytes) -> dict[str, Any]:
    """Read a JSON object; members that are null count as absent.

    Raises:
        ApiError: It is not JSON in UTF-8, or not an object, or nested too deeply, or holds a
            number beyond all numbers, text that is none, or a name twice in one object.
    """
    try:
        if _needs_strict_reader(raw):
            from_json(raw, allow_inf_nan=False)
        body = _DECODER.decode(raw.decode())
    except ValueError as error:
        text = "The request body has an invalid json format."
        if isinstance(error, _RepeatedNameError):
            text += f" The name {error} is there twice."
        raise ApiError(400, "InvalidJsonFormat", text) from None
    if not isinstance(body, dict):
        raise invalid("HttpBody", "Its type must be object.")
    return cast("dict[str, Any]", body)


def _needs_strict_reader(raw: bytes) -> bool:
    """Return whether a body may have what only the strict reader refuses.

    It stops at a depth where nothing else has a problem, and at text that cannot be written as
    UTF-8 again and so neither be stored nor echoed.
    """
    return b"\\u" in raw or raw.count(b"[") + raw.count(b"{") > _SHALLOW


def check_body(contract: Contract, component: str, body: dict[str, Any]) -> None:
    """Check a body against a component of the specification.

    Args:
        contract: The specification.
        component: Name of the component.
        body: The body, without nulls. Values of a wrong type that can mean one thing only are
            replaced by that.

    Raises:
        ApiError: Something is absent or wrong. The code names the first fault in the order of the
            document; the message names the places of the others.
    """
    model: type[BaseModel] = getattr(schemas, component)
    try:
        try:
            model.model_validate(body)
        except ValidationError as error:
            if not convert(contract, component, body, error):
                raise
            model.model_validate(body)
    except ValidationError as error:
        raise _explain(contract, contract.schema(component), body, error) from None


def _explain(
    contract: Contract, schema: Schema, body: Mapping[str, Any], error: ValidationError
) -> ApiError:
    places = _Places()
    items = error.errors(include_url=False, include_context=False, include_input=False)
    faults = [_Fault(contract, schema, body, item, places) for item in items]
    # The alternatives of a union each report; only what is said first about a place is kept.
    unique: dict[tuple[str, ...], _Fault] = {}
    for fault in sorted(faults, key=lambda fault: fault.position):
        unique.setdefault(fault.path, fault)
    first, *others = unique.values()
    further = [".".join(fault.path) for fault in others]
    path = ".".join(first.path)
    if first.is_missing:
        return missing(first.name, path, further=further)
    return invalid(first.name, first.detail, path, further=further)


class _Places:
    """Where members stand in the objects of a body, each of which is walked through once."""

    def __init__(self) -> None:
        self._known: dict[int, dict[int | str, int]] = {}

    def of(self, name: int | str, node: Mapping[int | str, object]) -> int:
        """Return the place of a member; `node` lives as long as this."""
        places = self._known.get(id(node))
        if places is None:
            places = self._known[id(node)] = {each: place for place, each in enumerate(node)}
        return places[name]


class _Fault:
    """One thing that is wrong, and its place."""

    def __init__(
        self,
        contract: Contract,
        schema: Schema,
        body: Mapping[str, Any],
        item: ErrorDetails,
        places: _Places,
    ) -> None:
        self._contract = contract
        self._item = item
        self._places = places
        self.is_missing = item["type"] == "missing"
        self.path: tuple[str, ...] = ()
        self.position: tuple[int, ...] = ()
        #: For each step: was it a member of the schema, and not a key that the caller chose?
        self._members: list[bool] = []
        self._walk(contract, schema, body, item["loc"])

    @property
    def detail(self) -> str:
        """A sentence that says what it must be."""
        return _detail(self._contract, self._schema, self._item)

    def _walk(
        self,
        contract: Contract,
        schema: Schema,
        node: object,
        location: Sequence[int | str],
    ) -> None:
        schema = contract.resolve(schema)
        for step in location:
            members = schema.get("properties", {})
            # Read from JSON, so its names are text and its values can be anything.
            here = cast("dict[int | str, object]", node) if isinstance(node, dict) else {}
            items = cast("list[object]", node) if isinstance(node, list) else []
            if step in here:
                self._step(str(step), self._places.of(step, here), step in members)
                node = here[step]
            elif isinstance(step, int) and step < len(items):
                self._step(str(step), step, False)
                node = items[step]
            elif isinstance(node, dict) and self.is_missing and step in members:
                # An absent member has no position; it comes after those that are there.
                self._step(str(step), len(here), True)
            else:
                # The name of an alternative in a union, not a part of the document.
                continue
            schema = contract.resolve(below(schema, step))
        self._schema = schema

    def _step(self, name: str, position: int, is_member: bool) -> None:
        self.path += (name,)
        self.position += (position,)
        self._members.append(is_member)

    @property
    def name(self) -> str:
        """The name in the code: the member, or its dotted path below Configs."""
        if "Configs" in self.path[:-1]:
            return ".".join(self.path[self.path.index("Configs") :])
        if len(self.path) > 1 and self.path[-2] == "Groups":
            return f"Groups.{self.path[-1]}"
        named = [name for name, member in zip(self.path, self._members, strict=True) if member]
        return named[-1] if named else "HttpBody"


def _detail(contract: Contract, schema: Schema, item: ErrorDetails) -> str:
    kind = item["type"]
    alternatives = [contract.resolve(each) for each in schema.get("oneOf", ())]
    if alternatives:
        schema = alternatives[0]
    if kind in ("greater_than_equal", "less_than_equal", "greater_than", "less_than"):
        return _range("It", schema.get("minimum"), schema.get("maximum"))
    if kind in ("string_too_short", "string_too_long"):
        return _range("Its length", schema.get("minLength"), schema.get("maxLength"))
    if kind in ("too_short", "too_long"):
        return _range("Its size", schema.get("minProperties"), schema.get("maxProperties"))
    if kind == "string_pattern_mismatch":
        pattern = schema.get("pattern", "")
        return _NAME_RULE if _NAME_PATTERN in pattern else f"It must match {pattern}."
    if kind in ("literal_error", "enum"):
        allowed = schema.get("enum")
        return f"It must be one of {', '.join(allowed)}." if allowed else "It is unknown."
    expected = schema.get("type")
    return f"Its type must be {expected}." if expected else f"{item['msg']}."


def _range(subject: str, low: float | None, high: float | None) -> str:
    if high is None:
        return f"{subject} must not be less than {low}."
    return f"{subject} must be in [{low or 0}, {high}]."


class _RepeatedNameError(ValueError):
    pass


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        # Of two tasks of one name, one would vanish without a word.
        counted = Counter(name for name, _ in pairs)
        raise _RepeatedNameError(repr(counted.most_common(1)[0][0]))
    if None in members.values():
        return {name: value for name, value in pairs if value is not None}
    return members


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError("the number is too large")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members, parse_float=_finite, parse_constant=_no_number
)
