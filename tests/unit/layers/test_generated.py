"""Everything that is generated is used: reached from what programs or the service import."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[3]
_GENERATED = _ROOT / "batchcompute" / "_generated"


def _module(path: Path) -> str:
    return ".".join(path.relative_to(_ROOT).with_suffix("").parts).removesuffix(".__init__")


@dataclass
class _Source:
    """What a file names.

    Attributes:
        imports: The modules that it imports, also for type checkers, and those it names in text.
        defined: The names that it defines.
        names: The names that it uses.
    """

    imports: set[str]
    defined: list[str]
    names: set[str]


@cache
def _sources() -> dict[Path, _Source]:
    """Read all files of the package, once for all tests."""
    found = {}
    for path in sorted((_ROOT / "batchcompute").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found[path] = _Source(set(_imported(tree)), list(_defined(tree)), set(_names(tree)))
    return found


def _imported(tree: ast.AST) -> Iterator[str]:
    """Yield the modules that a file imports, also for type checkers, and those it names in text."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            # The tables of names that are loaded when they are first used.
            yield node.value


def _reached() -> set[str]:
    imports = {_module(path): source.imports for path, source in _sources().items()}
    # Programs begin with any public module of the package.
    waiting = [name for name in imports if "._generated" not in name]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in imports and name not in reached:
            reached.add(name)
            waiting += imports[name]
            waiting += [name.rpartition(".")[0]]
    return reached


def test_every_generated_module_is_reached() -> None:
    generated = {_module(path) for path in _GENERATED.rglob("*.py")}

    assert len(generated) > 80
    assert generated - _reached() == set()


def _defined(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        yield from _defined_by(node)


def _defined_by(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def _names(node: ast.AST) -> Iterator[str]:
    """Yield the names that a piece of code uses; annotations of typed dicts count."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr
        elif isinstance(inner, ast.alias):
            yield inner.name
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str):
            # Annotations of what is defined further down are text.
            yield from re.findall(r"\w+", inner.value)


@pytest.mark.parametrize("package", ["api", "types"])
def test_every_generated_name_is_used_by_something_else(package: str) -> None:
    used: set[str] = set()
    defined = []
    for path, source in _sources().items():
        if path.is_relative_to(_GENERATED / package):
            defined += [(path.name, name) for name in source.defined if not name.startswith("_")]
        used |= source.names

    # Type variables and tables of a module are used in it, classes and functions by others; either
    # way, something names them.
    assert len(defined) > 50
    assert [(file, name) for file, name in defined if name not in used] == []


def test_every_check_of_the_service_is_reached_from_a_body() -> None:
    tree = ast.parse((_GENERATED / "schemas" / "__init__.py").read_text("utf-8"))
    classes = {name: set(_names(node)) for node in tree.body for name in _defined_by(node)}
    waiting = [
        "AnyJobDescription",
        "PriorityChange",
        "ClusterDescription",
        "ModifyClusterDescription",
        "ImageDescription",
        "AppDescription",
    ]
    reached: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in classes and name not in reached:
            reached.add(name)
            waiting += classes[name]

    assert {name for name in classes if name[0].isupper()} - reached == set()
