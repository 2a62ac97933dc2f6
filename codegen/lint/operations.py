"""Rules about paths and operations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from codegen.lint.problem import Finding, Location
from codegen.lint.spec import Spec

SHARED_ERROR = {"$ref": "#/components/responses/Failed"}
ERROR_SCHEMA = {"$ref": "#/components/schemas/Error"}
REQUEST_ID = "x-acs-request-id"
REQUEST_ID_HEADER = {"$ref": "#/components/headers/RequestId"}

#: Paths of operations that the documented API does not have.
EXTENSIONS = "/extensions/"

_OPERATION_ID = re.compile(r"[a-z]+(_[a-z]+)+")
_VARIANT = re.compile(r"(?P<path>[^?]+)\?(?P<key>[A-Za-z]+)(=[A-Za-z]+)?")


def operation_id(spec: Spec) -> Iterator[Finding]:
    """Operation ids are verb_noun in snake case, and unique."""
    seen: dict[str, Location] = {}
    for operation in spec.operations():
        found = operation.body.get("operationId", "")
        place = (*operation.location, "operationId")
        if not _OPERATION_ID.fullmatch(found):
            yield place, f"The operationId {found!r} must be verb_noun in snake case."
        if found in seen:
            yield place, f"The operationId {found!r} is used twice."
        seen[found] = place


def one_tag(spec: Spec) -> Iterator[Finding]:
    """Every operation has exactly one tag, which the document lists."""
    known = [tag["name"] for tag in spec.document.get("tags", ())]
    used = set()
    for operation in spec.operations():
        tags = operation.body.get("tags", [])
        used.update(tags)
        if len(tags) != 1:
            yield operation.location, f"An operation needs exactly one tag, this has {len(tags)}."
        for tag in tags:
            if tag not in known:
                yield (*operation.location, "tags"), f"The tag {tag!r} is not listed."
    for index, tag in enumerate(known):
        if tag not in used:
            yield ("tags", index), f"No operation has the tag {tag!r}."


def default_error(spec: Spec) -> Iterator[Finding]:
    """Every operation fails in the same way, and can succeed."""
    for operation in spec.operations():
        responses = operation.body["responses"]
        if responses.get("default") != SHARED_ERROR:
            place = (*operation.location, "responses")
            yield place, f"The default response must be {SHARED_ERROR['$ref']}."
        if not any(re.fullmatch("2[0-9][0-9]", status) for status in responses):
            yield (*operation.location, "responses"), "There is no response for success."
    shared = spec.resolve(SHARED_ERROR)
    schema = shared.get("content", {}).get("application/json", {}).get("schema")
    if shared and schema != ERROR_SCHEMA:
        yield ("components", "responses", "Failed"), f"Its schema must be {ERROR_SCHEMA['$ref']}."


def request_id(spec: Spec) -> Iterator[Finding]:
    """Every response carries the request id, also the bad ones."""
    for location, response in spec.responses():
        if response.get("headers", {}).get(REQUEST_ID) != REQUEST_ID_HEADER:
            yield location, f"The response lacks the header {REQUEST_ID}."


def path_parameter(spec: Spec) -> Iterator[Finding]:
    """The names in a path are the declared path parameters, no more and no fewer."""
    for operation in spec.operations():
        wanted = re.findall(r"{(\w+)}", operation.path)
        found = [p["name"] for p in spec.parameters(operation) if p.get("in") == "path"]
        for name in wanted:
            if name not in found:
                yield operation.location, f"The path parameter {name} is not declared."
        for name in found:
            if name not in wanted:
                yield operation.location, f"The path has no parameter {name}."


def query_variant(spec: Spec) -> Iterator[Finding]:
    """A path with a query is a variant, by one constant key, of a path that exists."""
    paths = spec.document["paths"]
    for path in paths:
        if "?" not in path:
            continue
        found = _VARIANT.fullmatch(path)
        if found is None:
            yield ("paths", path), "The query must be one constant key, with or without a value."
        elif found["path"] not in paths:
            yield (
                ("paths", path),
                f"The path {found['path']} of which this is a variant is missing.",
            )
    for operation in spec.operations():
        found = _VARIANT.fullmatch(operation.path)
        query = [p["name"] for p in spec.parameters(operation) if p.get("in") == "query"]
        if found and found["key"] in query:
            yield operation.location, f"The key {found['key']} is in the path and a parameter too."


def extension_path(spec: Spec) -> Iterator[Finding]:
    """What no documentation of the API has is marked, and has paths that the API will never have."""
    for operation in spec.operations():
        marked = operation.body.get("x-extension", False)
        if operation.body.get("x-extension", True) is not True:
            yield (*operation.location, "x-extension"), "x-extension must be true, or left out."
        if operation.path.startswith(EXTENSIONS) != bool(marked):
            sentence = f"x-extension belongs to the operations below {EXTENSIONS}, and only there."
            yield (*operation.location, "x-extension"), sentence


def idempotent(spec: Spec) -> Iterator[Finding]:
    """Every operation says whether it may be repeated, and by which token if not."""
    for operation in spec.operations():
        repeats = operation.body.get("x-idempotent")
        token = operation.body.get("x-idempotency-token")
        query = [p["name"] for p in spec.parameters(operation) if p.get("in") == "query"]
        if not isinstance(repeats, bool):
            yield operation.location, "x-idempotent must be true or false."
        if operation.method == "get" and repeats is False:
            yield operation.location, "A GET must be repeatable."
        if token is not None and (repeats or token not in query):
            yield (
                operation.location,
                "x-idempotency-token belongs to an operation that is not "
                "idempotent and names one of its query parameters.",
            )
        if token is None and "IdempotentToken" in query:
            yield operation.location, "It takes a token, but x-idempotency-token does not say so."
