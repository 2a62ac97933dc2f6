"""Each rule of the lint: a small clean specification is broken in one way, and one rule says so."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen.lint import RULES, clients, run
from codegen.yaml_loader import Loader

Json = dict[str, Any]
Break = Callable[[Json, Path], object]

SMALL = Path(__file__).parent / "small"
GET = ("paths", "/things/{ThingId}", "get")
POST = ("paths", "/things", "post")
RED = ("components", "schemas", "RedDescription")
BLUE = ("components", "schemas", "BlueDescription")
THING = ("components", "schemas", "Thing")
UNION = ("components", "schemas", "AnyDescription")
ID = ("components", "parameters", "ThingId")
LIST = ("paths", "/things", "get")
SHORT = {"name": "get_thing", "member": "Type", "argument": "type_", "summary": "Set the type"}
PURGE = ("paths", "/things/{ThingId}?Purge=True", "delete")
BODY = (*POST, "requestBody", "content", "application/json")
ANSWER = (*GET, "responses", "200")


def at(document: Json, *path: str | int) -> Any:
    found: Any = document
    for step in path:
        found = found[step]
    return found


def put(*path: str | int, value: object) -> Break:
    """Return a change that sets one member."""

    def change(document: Json, _: Path) -> None:
        at(document, *path[:-1])[path[-1]] = value

    return change


def drop(*path: str | int) -> Break:
    """Return a change that removes one member."""

    def change(document: Json, _: Path) -> None:
        del at(document, *path[:-1])[path[-1]]

    return change


def text(change: Callable[[str], str]) -> Break:
    """Return a change to the text of the file, for what a parsed document cannot show."""

    def rewrite(document: Json, folder: Path) -> None:
        path = folder / "openapi.yaml"
        path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
        # Nothing is left to be written over this.
        document.clear()

    return rewrite


def write(name: str, content: str) -> Break:
    """Return a change to one example file."""
    return lambda _, folder: (folder / "examples" / name).write_text(content, encoding="utf-8")


def remove(name: str) -> Break:
    """Return a change that deletes one example file."""
    return lambda _, folder: (folder / "examples" / name).unlink()


def lose(document: Json, folder: Path) -> None:
    """Delete the specification itself."""
    (folder / "openapi.yaml").unlink()
    document.clear()


def both(first: Break, second: Break) -> Break:
    """Return a change made of two."""
    return lambda document, folder: (first(document, folder), second(document, folder))


def rename_path(old: str, new: str) -> Break:
    """Return a change that moves an operation to another path."""

    def change(document: Json, _: Path) -> None:
        document["paths"][new] = document["paths"].pop(old)

    return change


REF_STATE = {"$ref": "#/components/schemas/State"}
REF_THING = {"$ref": "#/components/schemas/Thing"}
INLINE = {"type": "object", "description": "An object.", "properties": {"A": {"type": "string"}}}
UNNAMED = {
    "schema": INLINE,
    "examples": {"a": {"summary": "One", "externalValue": "examples/get-thing.response.json"}},
}
TEXT = {"type": "string", "description": "A text."}
SIZE = {"name": "Size", "in": "query", "description": "A size.", "schema": TEXT}
PART = {"$ref": "#/components/schemas/BlueDescription"}

CASES: list[tuple[str, str, Break]] = [
    ("readable", "missing file", lose),
    ("readable", "broken YAML", text(lambda s: s + "\n  - : [")),
    ("readable", "no mapping", text(lambda s: "- 1\n")),
    ("readable", "key twice", text(lambda s: s + "\ntags: []\n")),
    ("readable", "date", text(lambda s: s.replace("version: 1.0.0", "version: 2015-11-11"))),
    ("readable", "number as key", text(lambda s: s.replace("'204':", "204:"))),
    ("ref-resolves", "ref", put(*ANSWER[:-1], "default", value={"$ref": "#/components/x"})),
    ("ref-resolves", "other file", put(*ANSWER[:-1], "default", value={"$ref": "x.yaml#/a"})),
    (
        "ref-resolves",
        "discriminator",
        put(
            "components",
            "schemas",
            "AnyDescription",
            "discriminator",
            "mapping",
            "Red",
            value="#/components/schemas/Pink",
        ),
    ),
    (
        "ref-resolves",
        "signed header",
        put("components", "securitySchemes", "key", "x-signed-headers", 0, value="#/no"),
    ),
    ("valid-openapi", "version", put("openapi", value="3.1.0")),
    ("valid-openapi", "no responses", drop(*GET, "responses")),
    ("unused-component", "schema", put("components", "schemas", "Left", value=TEXT)),
    ("operation-id", "style", put(*GET, "operationId", value="getThing")),
    ("operation-id", "missing", drop(*GET, "operationId")),
    ("operation-id", "twice", put(*GET, "operationId", value="create_thing")),
    ("one-tag", "none", put(*GET, "tags", value=[])),
    ("one-tag", "two", put(*GET, "tags", value=["things", "things"])),
    ("one-tag", "unknown", put(*GET, "tags", value=["stuff"])),
    (
        "one-tag",
        "unused",
        lambda d, _: d["tags"].append({"name": "stuff", "description": "Stuff."}),
    ),
    ("default-error", "missing", drop(*GET, "responses", "default")),
    (
        "default-error",
        "other",
        put(*GET, "responses", "default", value={"$ref": "#/components/responses/Done"}),
    ),
    (
        "default-error",
        "no success",
        lambda d, _: at(d, "paths", "/things/{ThingId}?Purge=True", "delete", "responses").pop(
            "204"
        ),
    ),
    ("request-id", "operation", drop(*ANSWER, "headers")),
    ("request-id", "component", drop("components", "responses", "Done", "headers")),
    ("path-parameter", "undeclared", drop(*GET, "parameters")),
    (
        "path-parameter",
        "unknown",
        lambda d, _: at(d, *POST, "parameters").append({"$ref": "#/components/parameters/ThingId"}),
    ),
    (
        "query-variant",
        "template",
        rename_path("/things/{ThingId}?Purge=True", "/things/{ThingId}?a=1&b"),
    ),
    ("query-variant", "no base", rename_path("/things/{ThingId}", "/things/{ThingId}/all")),
    (
        "query-variant",
        "parameter too",
        lambda d, _: at(d, "paths", "/things/{ThingId}?Purge=True", "delete", "parameters").append(
            {**SIZE, "name": "Purge"}
        ),
    ),
    ("idempotent", "missing", drop(*GET, "x-idempotent")),
    ("idempotent", "GET", put(*GET, "x-idempotent", value=False)),
    ("idempotent", "token unsaid", drop(*POST, "x-idempotency-token")),
    ("idempotent", "token unknown", put(*POST, "x-idempotency-token", value="Token")),
    ("idempotent", "token needless", put(*POST, "x-idempotent", value=True)),
    ("inline-object", "property", put(*THING, "properties", "More", value=INLINE)),
    (
        "inline-object",
        "items",
        put(*THING, "properties", "More", value={**TEXT, "type": "array", "items": INLINE}),
    ),
    (
        "inline-object",
        "values",
        put(
            *THING,
            "properties",
            "More",
            value={**TEXT, "type": "object", "additionalProperties": INLINE},
        ),
    ),
    (
        "inline-object",
        "body",
        lambda d, _: at(d, *GET, "responses").update(
            {"201": {**at(d, *ANSWER), "content": {"application/json": UNNAMED}}}
        ),
    ),
    ("inline-object", "empty component", put(*THING[:-1], "Error", "properties", value={})),
    ("open-object", "silent", drop(*THING, "additionalProperties")),
    ("open-object", "closed", put(*RED, "additionalProperties", value=False)),
    (
        "composition",
        "allOf",
        put(*THING, "properties", "More", value={**TEXT, "allOf": [PART, REF_STATE]}),
    ),
    (
        "composition",
        "inline oneOf",
        put(*THING, "properties", "More", value={"description": "More.", "oneOf": [PART]}),
    ),
    (
        "composition",
        "mapping",
        drop("components", "schemas", "AnyDescription", "oneOf", 1),
    ),
    ("composition", "untold variant", drop(*RED, "required")),
    (
        "composition",
        "anyOf",
        put(*THING, "properties", "More", value={"description": "S.", "anyOf": [REF_STATE]}),
    ),
    (
        "composition",
        "scalars of one type",
        put("components", "schemas", "SizeWord", "type", value="integer"),
    ),
    (
        "composition",
        "integer and number",
        put("components", "schemas", "SizeWord", "type", value="number"),
    ),
    (
        "composition",
        "unnamed variant",
        lambda d, _: at(d, "components", "schemas", "AnySize", "oneOf").append({"type": "boolean"}),
    ),
    (
        "open-enum",
        "property",
        put(*THING, "properties", "More", value={"description": "S.", "allOf": [REF_STATE]}),
    ),
    ("open-enum", "bare ref", put(*THING, "properties", "States", "items", value=REF_STATE)),
    ("open-enum", "inline", put(*THING, "properties", "More", value={**TEXT, "enum": ["a"]})),
    ("scalar-default", "map", put(*RED, "properties", "EnvVars", "default", value={})),
    ("scalar-default", "list", put(*THING, "properties", "States", "default", value=["New"])),
    (
        "scalar-default",
        "union",
        put(*THING, "properties", "Size", "default", value=1),
    ),
    (
        "open-enum",
        "values",
        put(
            *THING,
            "properties",
            "More",
            value={"description": "M.", "type": "object", "additionalProperties": REF_STATE},
        ),
    ),
    ("required-known", "unknown", put(*BLUE, "required", value=["Type", "Nope"])),
    ("time", "unmarked", drop(*THING, "properties", "CreationTime", "x-time")),
    ("time", "format", put(*THING, "properties", "CreationTime", "format", value="date-time")),
    ("description", "operation", drop(*GET, "description")),
    ("description", "summary", drop(*GET, "summary")),
    ("description", "property", drop(*THING, "properties", "Id", "description")),
    ("description", "schema", put(*THING, "description", value=" ")),
    ("description", "parameter", drop("components", "parameters", "ThingId", "description")),
    ("description", "fragment", put(*THING, "description", value="A thing")),
    ("description", "server", drop("servers", 0, "variables", "scheme", "description")),
    ("description", "request", drop(*BODY[:-2], "description")),
    (
        "example-present",
        "request",
        both(drop(*BODY, "examples"), remove("create-thing.request.json")),
    ),
    ("example-file", "missing", remove("get-thing.response.json")),
    ("example-file", "no JSON", write("get-thing.response.json", "{")),
    ("example-file", "no summary", drop(*BODY, "examples", "red", "summary")),
    (
        "example-file",
        "elsewhere",
        both(
            put(*BODY, "examples", "red", "externalValue", value="../create-thing.request.json"),
            remove("create-thing.request.json"),
        ),
    ),
    ("example-valid", "request", write("create-thing.request.json", '{"Type": "Green"}')),
    ("example-valid", "response", write("get-thing.response.json", '{"Id": 1}')),
    ("example-valid", "shared error", write("error.response.json", '{"Code": 1}')),
    ("example-orphan", "file", write("left.json", "{}")),
    ("example-orphan", "legacy file", write("legacy/left.json", "{}")),
    ("example-orphan", "legacy without README", remove("legacy/README.md")),
    ("extension-known", "word", put(*THING, "x-colour", value="red")),
    ("extension-known", "place", put(*THING, "x-time", value="utc")),
    ("extension-known", "operation", put(*GET, "x-role", value="status")),
    (
        "extension-known",
        "parameter",
        put("components", "parameters", "Date", "x-time", value="utc"),
    ),
    ("extension-value", "mixin", put(*RED, "x-mixin", value=["Nope"])),
    ("extension-value", "list", put(*RED, "x-client-required", value="Type")),
    ("extension-value", "default", put(*RED, "properties", "Type", "x-client-default", value=1)),
    (
        "extension-value",
        "created map",
        put(*RED, "properties", "EnvVars", "x-create-on-read", value={"A": "b"}),
    ),
    (
        "extension-value",
        "created with nothing",
        put(*RED, "properties", "Partner", "x-create-on-read", value={}),
    ),
    (
        "extension-value",
        "created with a stranger",
        put(*RED, "properties", "Partner", "x-create-on-read", value={"Nope": 1}),
    ),
    (
        "extension-value",
        "echo",
        put(*RED, "properties", "Parts", "x-echo-default", value=""),
    ),
    ("extension-value", "secret", put(*RED, "properties", "Secret", "x-secret", value=False)),
    (
        "extension-value",
        "stringify",
        put(*RED, "properties", "Parts", "x-stringify", value=True),
    ),
    (
        "extension-value",
        "created scalar",
        put(*RED, "properties", "Secret", "x-create-on-read", value={"A": "b"}),
    ),
    (
        "extension-value",
        "open object",
        put(*THING, "properties", "State", "x-open-enum", value="#/components/schemas/Thing"),
    ),
    (
        "extension-value",
        "open union",
        put(*THING, "properties", "Size", "x-open-enum", value="#/components/schemas/State"),
    ),
    (
        "extension-known",
        "open component",
        put("components", "schemas", "SizeWord", "x-open-enum", value="#/components/schemas/State"),
    ),
    (
        "ref-resolves",
        "open enumeration",
        put(*THING, "properties", "State", "x-open-enum", value="#/components/schemas/Nope"),
    ),
    ("extension-value", "time", put(*THING, "properties", "CreationTime", "x-time", value="local")),
    (
        "extension-value",
        "emptiness of a time",
        put(*THING, "properties", "CreationTime", "x-may-be-empty", value=False),
    ),
    (
        "extension-value",
        "emptiness of what is no time",
        put(*THING, "properties", "Id", "x-may-be-empty", value=True),
    ),
    ("extension-role", "missing", drop(*THING[:-1], "Error", "x-role")),
    ("extension-value", "writable", put(*THING[:-1], "Error", "x-writable", value=False)),
    ("extension-role", "writable", put(*RED, "x-writable", value=True)),
    ("extension-role", "identity", put(*RED, "x-identity", value="Type")),
    ("extension-role", "required", put(*THING, "x-client-required", value=["Id"])),
    (
        "extension-role",
        "default of a status",
        put(*THING, "properties", "Id", "x-client-default", value=""),
    ),
    (
        "extension-role",
        "default and create",
        put(*RED, "properties", "Partner", "x-client-default", value={}),
    ),
    ("extension-names", "required", put(*RED, "x-client-required", value=["Nope"])),
    ("extension-names", "choice", put(*RED, "x-exactly-one-of", value=[["EnvVars", "Nope"]])),
    ("extension-names", "single", put(*RED, "x-exactly-one-of", value=[["EnvVars"]])),
    ("extension-names", "identity", put(*THING, "x-identity", value="Name")),
    ("error-table", "twice", lambda d, _: d["x-error-codes"].append(dict(d["x-error-codes"][0]))),
    ("error-table", "retry", put("x-error-codes", 0, "retry", value="never")),
    ("error-table", "remedy", put("x-error-codes", 0, "remedy", value="prayer")),
    ("error-table", "word", put("x-error-codes", 0, "colour", value="red")),
    ("error-table", "incomplete", drop("x-error-codes", 0, "when")),
    ("operation-errors", "unknown", put(*GET, "x-errors", "Odd", value="It is odd.")),
    ("operation-errors", "sentence", put(*GET, "x-errors", "NotFound", value="No")),
    ("operation-errors", "list", put(*GET, "x-errors", value=["NotFound"])),
    ("operation-errors", "prose", put(*GET, "description", value="Errors: 404 NotFound.")),
    ("pagination", "unsaid", drop(*LIST, "x-pagination")),
    ("pagination", "word", put(*LIST, "x-pagination", "last", value="Last")),
    ("pagination", "items", put(*LIST, "x-pagination", "items", value="Id")),
    ("pagination", "next", put(*LIST, "x-pagination", "next", value="Next")),
    ("pagination", "marker", put(*LIST, "x-pagination", "marker", value="Start")),
    ("pagination", "name", put(*LIST, "operationId", value="find_things")),
    (
        "variant",
        "unknown",
        put(*PURGE, "x-variant-of", value={"operation": "no_thing", "argument": "a"}),
    ),
    ("variant", "word", put(*PURGE, "x-variant-of", value="delete_thing")),
    ("variant", "filters", put(*LIST, "x-filters", value=False)),
    ("variant", "long-running", put(*PURGE, "x-long-running", value="yes")),
    ("extension-path", "value", put(*PURGE, "x-extension", value=False)),
    ("extension-path", "path", put(*GET, "x-extension", value=True)),
    ("argument", "name", put(*ID, "x-argument", value="the thing")),
    ("argument", "target", put(*ID, "x-refers-to", value="Nothing")),
    ("argument", "hook", put(*ID, "x-hook", value="no_hook")),
    ("argument", "hook of a union", put(*UNION, "x-hook", value="no_hook")),
    ("argument", "result", put(*THING, "x-result", value="done")),
    ("argument", "member", put(*POST, "requestBody", "x-member", value="Nope")),
    ("argument", "unchecked", put(*POST, "requestBody", "x-unchecked", value=False)),
    ("argument", "shortcut word", put(*POST, "requestBody", "x-shortcuts", value=[{"name": "a"}])),
    (
        "argument",
        "shortcut of an operation",
        put(*POST, "requestBody", "x-shortcuts", value=[SHORT]),
    ),
    (
        "argument",
        "shortcut of no map",
        put(*POST, "requestBody", "x-shortcuts", value=[{**SHORT, "name": "set_type"}]),
    ),
    ("name", "lower case", put(*THING, "properties", "count", value=TEXT)),
    ("name", "keyword", put(*THING, "properties", "None", value=TEXT)),
    ("name", "acronym plural", put(*THING, "properties", "VCPUs", value=TEXT)),
    ("name", "digit", put(*THING, "properties", "IPv4", value=TEXT)),
    ("name", "case only", put(*THING, "properties", "ID", value=TEXT)),
    (
        "name",
        "query parameter",
        lambda d, _: at(d, *GET, "parameters").append({**SIZE, "name": "size"}),
    ),
]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A writable copy of the small specification."""
    folder = tmp_path / "spec"
    shutil.copytree(SMALL, folder)
    return folder


def _load(path: Path) -> Json:
    document: Json = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)
    return document


def _dump(document: Json) -> str:
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(document, Dumper=dumper, sort_keys=False)
    return text


def broken(folder: Path, change: Break) -> list[str]:
    """Break a copy of the small specification; return the ids of the rules that notice."""
    path = folder / "openapi.yaml"
    document = _load(path)
    change(document, folder)
    if document:
        path.write_text(_dump(document), encoding="utf-8")
    return sorted({problem.rule for problem in run(path)})


def test_run_small_specification_is_clean(small: Path) -> None:
    assert run(small / "openapi.yaml") == []


def test_run_specification_written_back_is_clean(small: Path) -> None:
    # Otherwise the cases below might fail because of the rewriting alone.
    assert broken(small, lambda document, folder: None) == []


@pytest.mark.parametrize(
    ("rule", "change"),
    [pytest.param(rule, change, id=f"{rule}: {what}") for rule, what, change in CASES],
)
def test_run_broken_specification_is_reported_by_one_rule(
    small: Path, rule: str, change: Break
) -> None:
    assert broken(small, change) == [rule]


def test_cases_cover_every_rule() -> None:
    # What an extension is read by is a matter of the code; its test is below.
    assert {rule for rule, _, _ in CASES} | {"extension-read"} == set(RULES)


def test_extension_that_nothing_reads_is_reported(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients, "VOCABULARY", frozenset({"x-time", "x-nobody"}))
    clients._read_keys.cache_clear()
    try:
        problems = run(small / "openapi.yaml")
    finally:
        clients._read_keys.cache_clear()

    assert [(problem.rule, problem.sentence.partition(";")[0]) for problem in problems] == [
        ("extension-read", "Nothing reads x-nobody")
    ]


def test_problem_names_place_rule_and_reason(small: Path) -> None:
    path = small / "openapi.yaml"
    document = _load(path)
    del at(document, *GET)["x-idempotent"]
    path.write_text(_dump(document), encoding="utf-8")

    (problem,) = run(path)

    assert str(problem) == (
        "$.paths['/things/{ThingId}'].get: idempotent: x-idempotent must be true or false."
    )
