"""Text of the specification stays text: it ends no literal, and becomes no code."""

from __future__ import annotations

import ast
import copy
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen import tree

from .overlay import package_with

pytestmark = pytest.mark.slow

_TEXTS = [
    'it\'s "quoted" \'\'\'thrice\'\'\' and """so"""',
    '"""\nimport os\nos.system("x")\n"""',
    "'\nimport os\n'",
    '"+__import__("os").system("x")+"',
    '"); import os; ("',
    "back\\slash \\\" \\' \\n \\N{BULLET} \\u0041 \\x",
    "a\nb\rc\r\nd\x0be\x0cf\x85g\u2028h\u2029i\tj",
    "{x} {{ 7 * 7 }} {% raw %} {{{ %s %(x)s ${x} #{x}",
    "\x00\x07\x1b[0m\ufeff\u202e 你好",
    "# noqa # type: ignore */ --> <!--",
    "ends with backslash \\",
    'ends with quote "',
    "ends with quotes '''",
    "",
]


def _document(small_text: str, texts: list[str]) -> dict[str, Any]:
    """Return a specification with texts everywhere that generators write them into code."""
    document: dict[str, Any] = yaml.safe_load(small_text)
    schemas = document["components"]["schemas"]
    document["info"]["title"] = document["info"]["description"] = " ".join(texts)
    schemas["Colour"]["enum"] += texts
    operation = document["paths"]["/things/{ThingId}"]["get"]
    for number, text in enumerate(texts):
        schemas["Thing"]["properties"][f"Value{number}"] = {
            "description": text,
            "title": text,
            "type": "string",
            "default": text,
            "example": text,
            "x-client-default": text,
        }
        schemas["Thing"]["properties"][f"Map{number}"] = {
            "description": text,
            "type": "object",
            "additionalProperties": {"type": "string", "description": text},
            "default": {text: text},
            "x-client-default": {text: text},
        }
        schemas[f"Inner{number}"] = {**copy.deepcopy(schemas["Inner"]), "description": text}
        schemas["Thing"]["properties"][f"Part{number}"] = {
            "$ref": f"#/components/schemas/Inner{number}"
        }
        other = copy.deepcopy(operation)
        other |= {"operationId": f"get_thing_{number}", "summary": text, "description": text}
        other["responses"]["200"]["description"] = text
        other["parameters"][1] |= {
            "description": text,
            "schema": {"type": "string"},
            "x-client-default": text,
        }
        document["paths"][f"/things{number}/{{ThingId}}"] = {"get": other}
    return document


def _build(document: dict[str, Any], folder: Path) -> Path:
    folder.mkdir()
    spec = folder / "openapi.yaml"
    spec.write_text(yaml.safe_dump(document), encoding="utf-8")
    tree.build(spec, folder / "out")
    return folder / "out"


def _names(root: Path) -> dict[str, set[str]]:
    """Return every name that code of a package uses, imports or calls."""
    found: dict[str, set[str]] = {}
    for path in root.rglob("*.py"):
        names = found.setdefault(path.relative_to(root).parts[0], set())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"), str(path))):
            if isinstance(node, ast.Name):
                names.add(node.id)
            elif isinstance(node, ast.Attribute):
                names.add(node.attr)
            elif isinstance(
                node, ast.alias | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
            ):
                names.add(node.name)
    return found


@pytest.fixture(scope="module")
def harmless(small_text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What comes of harmless texts in the places of the hostile ones."""
    texts = [f"text {number}" for number in range(len(_TEXTS))]
    return _build(_document(small_text, texts), tmp_path_factory.mktemp("texts") / "harmless")


@pytest.fixture(scope="module")
def hostile(small_text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _build(_document(small_text, _TEXTS), tmp_path_factory.mktemp("texts") / "hostile")


def test_hostile_texts_compile_without_a_warning(hostile: Path) -> None:
    modules = list(hostile.rglob("*.py"))

    assert len(modules) > 30
    for module in modules:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            compile(module.read_bytes(), str(module), "exec")


def test_hostile_texts_add_no_name_call_or_file(hostile: Path, harmless: Path) -> None:
    names, expected = _names(hostile), _names(harmless)

    assert names == expected
    assert set(names) == {"__init__.py", "api", "types", "schemas"}
    assert {path.relative_to(hostile) for path in hostile.rglob("*.*")} == {
        path.relative_to(harmless) for path in harmless.rglob("*.*")
    }


def test_hostile_values_are_the_same_values_in_all_three_packages(
    hostile: Path, tmp_path: Path
) -> None:
    program = """
import inspect, json, typing
from batchcompute._generated.api.models import Colour, Thing
from batchcompute._generated import schemas, types

def literals(kind):
    return sorted(typing.get_args(kind))

made = Thing()
numbers = range(%d)
from batchcompute._generated.api.operations import synchronous_methods
kind = synchronous_methods.Operations
checked = schemas.Thing(Name="a").model_dump(mode="json")
print(json.dumps({
    "api enum": literals(Colour),
    "types enum": literals(types.Colour),
    "schemas enum": literals(
        schemas.Colour.model_fields["root"].annotation
    ),
    "api values": [made[f"Value{n}"] for n in numbers],
    "api maps": [made[f"Map{n}"] for n in numbers],
    "schemas values": [checked[f"Value{n}"] for n in numbers],
    "schemas maps": [checked[f"Map{n}"] for n in numbers],
    "parameters": [
        inspect.signature(getattr(kind, f"get_thing_{n}")).parameters["marker"].default
        for n in numbers
    ],
}))
""" % len(_TEXTS)  # noqa: UP031  # the program has braces
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(package_with(hostile, tmp_path / "overlay"))},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    maps = [{text: text} for text in _TEXTS]
    colours = sorted([*_TEXTS, "red", "blue"])
    assert found == {
        "api enum": colours,
        "types enum": colours,
        "schemas enum": colours,
        "api values": _TEXTS,
        "api maps": maps,
        "schemas values": _TEXTS,
        "schemas maps": maps,
        "parameters": _TEXTS,
    }


def test_hostile_texts_are_still_readable_in_docstrings(hostile: Path) -> None:
    module = hostile / "api" / "models" / "thing.py"
    tree_ = ast.parse(module.read_text(encoding="utf-8"))
    (thing,) = (node for node in tree_.body if isinstance(node, ast.ClassDef))
    doc = " ".join((ast.get_docstring(thing) or "").split())

    for number, text in enumerate(_TEXTS):
        shown = " ".join("".join(c if c.isprintable() else " " for c in text).split())
        assert f"Value{number}: {shown}" in doc
