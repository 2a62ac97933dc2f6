"""Which changes of the contract are called breaking, and which of them the change log must name."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen.spec_diff import Change, compare, main, unnamed

Json = dict[str, Any]

_SMALL = Path(__file__).parent / "small" / "openapi.yaml"


def _at(document: Json, path: str) -> Any:
    found: Any = document
    for step in path.split(" "):
        found = found[int(step) if step.isdigit() and isinstance(found, list) else step]
    return found


def put(path: str, key: str, value: object) -> Callable[[Json], None]:
    return lambda document: _at(document, path).update({key: value})


def drop(path: str, key: str) -> Callable[[Json], None]:
    return lambda document: _at(document, path).pop(key)


_GET = "paths /things/{ThingId} get"
_ANSWER = _GET + " responses 200 content application/json schema"
_PURGE = "paths /things/{ThingId}?Purge=True delete"
_TOKEN = "query parameter IdempotentToken"
_POST = "paths /things post"
_S = "components schemas"
_TEXT = {"description": "More.", "type": "string"}
_QUERY = {"name": "Size", "in": "query", "description": "Size.", "schema": {"type": "integer"}}

#: A change, whether it breaks, and what is said about it.
CASES = [
    (drop("paths", "/things/{ThingId}"), True, "get_thing: the operation was removed"),
    (put(_GET, "operationId", "read_thing"), True, "get_thing: the operation was removed"),
    (
        put(_GET, "tags", ["other"]),
        True,
        "get_thing: its tag, the group in generated clients, changed",
    ),
    (put(_PURGE, "x-idempotent", False), True, "purge_thing: x-idempotent True became False"),
    (put(_GET, "deprecated", True), False, "get_thing: deprecated True was added"),
    (drop(_POST, "parameters"), True, "create_thing: query parameter IdempotentToken was removed"),
    (
        put(_GET, "parameters", [{"$ref": "#/components/parameters/ThingId"}, _QUERY]),
        False,
        "get_thing: query parameter Size was added",
    ),
    (
        put("components parameters IdempotentToken", "required", True),
        True,
        "create_thing: query parameter IdempotentToken is required now",
    ),
    (
        put("components parameters IdempotentToken schema", "maxLength", 5),
        True,
        "create_thing: query parameter IdempotentToken: maxLength 5 was added",
    ),
    (
        put(_ANSWER, "$ref", "#/components/schemas/Error"),
        True,
        "get_thing: the answer Thing became Error",
    ),
    (drop(_S, "SizeWord"), True, "SizeWord: the schema was removed"),
    (put(_S, "More", _TEXT), False, "More: the schema was added"),
    (drop(_S + " Thing properties", "States"), True, "Thing.States: the property was removed"),
    (put(_S + " Thing properties", "More", _TEXT), False, "Thing.More: the property was added"),
    (
        put(_S + " RedDescription", "required", ["Type", "Parts"]),
        True,
        "RedDescription.Parts: is required now",
    ),
    (put(_S + " Thing", "required", ["Id", "State"]), False, "Thing.State: is required now"),
    (put(_S + " Thing", "required", []), True, "Thing.Id: may be absent now"),
    (put(_S + " RedDescription", "required", []), False, "RedDescription.Type: may be absent now"),
    (
        put(_S + " Thing properties Id", "type", "integer"),
        True,
        "Thing.Id: the type string became integer",
    ),
    (put(_S + " State", "enum", ["New"]), True, "State: the value Old was removed"),
    (put(_S + " State", "enum", ["New", "Old", "Odd"]), False, "State: the value Odd was added"),
    (put(_S + " Thing properties Id", "maxLength", 5), False, "Thing.Id: maxLength 5 was added"),
    (
        put(_S + " RedDescription properties Secret", "maxLength", 5),
        True,
        "RedDescription.Secret: maxLength 5 was added",
    ),
    (
        put(_S + " RedDescription properties Secret", "pattern", "^a$"),
        True,
        "RedDescription.Secret: pattern ^a$ was added",
    ),
    (
        put(_S + " Thing properties State", "default", "Old"),
        True,
        "Thing.State: the default New became Old",
    ),
    (
        drop(_S + " RedDescription properties EnvVars", "x-stringify"),
        False,
        "RedDescription.EnvVars: x-stringify changed",
    ),
    (
        put("components securitySchemes key", "name", "Key"),
        True,
        "acsSignature: how requests are signed changed",
    ),
]


@pytest.fixture
def document() -> Json:
    found: Json = yaml.safe_load(_SMALL.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(("change", "breaking", "text"), CASES, ids=[case[2] for case in CASES])
def test_compare_names_a_change(
    document: Json, change: Callable[[Json], None], breaking: bool, text: str
) -> None:
    new = copy.deepcopy(document)
    change(new)

    found = [each for each in compare(document, new) if str(each).endswith(f": {text}")]

    assert [each.breaking for each in found] == [breaking]


def test_compare_wider_limit_is_compatible_and_narrower_is_not(document: Json) -> None:
    old, new = copy.deepcopy(document), copy.deepcopy(document)
    secret = "components schemas RedDescription properties Secret"
    put(secret, "maxLength", 5)(old)
    put(secret, "maxLength", 6)(new)

    assert [change.breaking for change in compare(old, new)] == [False]
    assert [change.breaking for change in compare(new, old)] == [True]


def test_compare_ignores_texts_and_order(document: Json) -> None:
    new = copy.deepcopy(document)
    put("components schemas Thing", "description", "Another text.")(new)
    put("components securitySchemes key", "description", "Another text.")(new)
    schemas = new["components"]["schemas"]
    new["components"]["schemas"] = dict(reversed(schemas.items()))

    assert compare(document, new) == []


def test_unnamed_wants_a_breaking_entry_with_the_name() -> None:
    changes = [Change(True, "Thing.Id", "gone"), Change(False, "Thing.More", "new")]

    assert unnamed(changes, "- **Breaking**: `Thing.Id` is gone\n- other") == []
    assert unnamed(changes, "- **Breaking**: something\n- `Thing.Id` is gone") == changes[:1]
    assert unnamed(changes, "") == changes[:1]


def test_main_fails_until_the_change_log_names_what_breaks(
    document: Json, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drop("components schemas Thing properties", "States")(document)
    new, log = tmp_path / "new.yaml", tmp_path / "CHANGELOG.md"
    new.write_text(yaml.safe_dump(document), encoding="utf-8")
    log.write_text("# Changelog\n", encoding="utf-8")
    arguments = [str(_SMALL), str(new), "--changelog", str(log)]

    assert main(arguments) == 1
    assert "CHANGELOG.md has no **Breaking** entry with `Thing.States`" in capsys.readouterr().out
    log.write_text(
        "- **Breaking**: `Thing.States`,\n  which nobody read, is gone.\n", encoding="utf-8"
    )
    assert main(arguments) == 0
    # Or in an entry of its own, until a release takes it in.
    log.write_text("# Changelog\n", encoding="utf-8")
    (tmp_path / "changelog.d").mkdir()
    entry = tmp_path / "changelog.d" / "1.breaking.md"
    entry.write_text("**Breaking**: `Thing.States` is gone.\n", encoding="utf-8")
    assert main(arguments) == 0


def test_main_unknown_revision_exits_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["no-such-revision"]) == 2
    assert capsys.readouterr().err.startswith("error: no-such-revision has no spec/openapi.yaml")
