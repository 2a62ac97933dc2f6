"""Generate the typed dicts and the checks of the service with datamodel-code-generator."""

from __future__ import annotations

import ast
import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from codegen.described import described
from codegen.document import SpecError, closure, mentioned, operations, resolve, schemas
from codegen.surface.build import resources

_COMMON = (
    "--input-file-type=openapi",
    "--openapi-scopes=schemas",
    "--target-python-version=3.11",
    "--disable-timestamp",
    "--use-standard-collections",
    "--use-union-operator",
    "--use-schema-description",
    "--no-formatters",
    "--no-allow-remote-refs",
    "--encoding=utf-8",
)


def build_types(document: dict[str, Any], target: Path) -> None:
    """Generate the typed dicts: what programs write, with what the client fills in left optional.

    Args:
        document: The specification.
        target: The folder to make.

    Raises:
        SpecError: The generator failed or warned.
    """
    target.mkdir()
    roots = [*resources(document), *_bodies(document)]
    for _, _, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            resolved = resolve(document, parameter)
            if resolved["in"] == "query":
                roots += mentioned(resolved["schema"])
    _run(
        _only(_with_optional_members(_with_known_values(document)), roots),
        target / "__init__.py",
        "--output-model-type=typing.TypedDict",
        "--enum-field-as-literal=all",
        "--use-field-description",
        "--strict-nullable",
    )
    _name_all(target / "__init__.py")


def _keep(module: Path, roots: list[str]) -> None:
    """Leave out the classes that nothing needs, such as those of values that became literals.

    Args:
        module: The module.
        roots: The classes that it is made for.
    """
    text = module.read_text(encoding="utf-8")
    nodes = {name: node for node in ast.parse(text).body for name in _defined(node)}
    waiting, needed = list(roots), set[str]()
    while waiting:
        name = waiting.pop()
        if name in nodes and name not in needed:
            needed.add(name)
            waiting += re.findall(r"\w+", ast.unparse(nodes[name]))
    lines = text.splitlines(keepends=True)
    body = ast.parse(text).body
    for node, after in reversed([*zip(body, [*body[1:], ast.Pass()], strict=True)]):
        names = _defined(node)
        if names and needed.isdisjoint(names):
            # The description of an alias is a string of its own behind it.
            last = after if isinstance(after, ast.Expr) else node
            del lines[node.lineno - 1 : last.end_lineno]
    module.write_text("".join(lines), encoding="utf-8")


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.ClassDef):
        return [node.name]
    targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _bodies(document: dict[str, Any]) -> list[str]:
    """Return the schemas of the bodies of requests."""
    bodies = [operation.get("requestBody", {}) for _, _, operation in operations(document)]
    return [name for body in bodies for name in mentioned(resolve(document, body))]


def _only(document: dict[str, Any], roots: Iterable[str]) -> dict[str, Any]:
    """Return the document with no other schemas than these and those that they refer to."""
    wanted = closure(document, roots)
    known = schemas(document)
    components = {"schemas": {name: known[name] for name in known if name in wanted}}
    return {**document, "components": components}


def _name_all(module: Path) -> None:
    """Add `__all__` to a module, with every class and alias in it and none of its imports."""
    text = module.read_text(encoding="utf-8")
    names = [name for node in ast.parse(text).body for name in _defined(node)]
    module.write_text(f"{text}\n\n__all__ = {sorted(names)!r}\n", encoding="utf-8")


def build_schemas(document: dict[str, Any], target: Path) -> None:
    """Generate the server's checks of what it is sent: strict types, ranges, lengths and patterns.

    The specification itself goes beside them as JSON, which loads in a few milliseconds: the
    service takes its routes from it.

    Args:
        document: The specification.
        target: The folder to make.

    Raises:
        SpecError: The generator failed or warned.
    """
    target.mkdir()
    _run(
        _only(document, _bodies(document)),
        target / "__init__.py",
        "--output-model-type=pydantic_v2.BaseModel",
        "--strict-types",
        "str",
        "int",
        "float",
        "bool",
        "--field-constraints",
        "--use-annotated",
        "--enum-field-as-literal=all",
        "--use-root-model-type-alias",
        "--extra-fields=allow",
    )
    _keep(target / "__init__.py", _bodies(document))
    text = json.dumps(described(document), ensure_ascii=True, indent=1, sort_keys=False)
    (target / "openapi.json").write_text(text + "\n", encoding="utf-8")


def _with_known_values(document: dict[str, Any]) -> dict[str, Any]:
    """Write open enumerations as what is known: a misspelt value is a mistake to type checkers.

    At run time the values stay open; an unknown one in a response is data.
    """
    document = copy.deepcopy(document)
    waiting: list[Any] = [document["components"]["schemas"]]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            known = node.pop("x-open-enum", None)
            if known is not None:
                del node["type"]
                node["allOf"] = [{"$ref": known}]
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return document


def _with_optional_members(document: dict[str, Any]) -> dict[str, Any]:
    """Require what the service or the client insists on, except for what the client fills in.

    It fills in defaults, and the name of a union's variant. An empty map or list is no content that
    anybody means, so what the service insists on stays required.
    """
    document = copy.deepcopy(document)
    schemas = document["components"]["schemas"]
    kinds = {
        str(target).rpartition("/")[2]: schema["discriminator"]["propertyName"]
        for schema in schemas.values()
        for target in schema.get("discriminator", {}).get("mapping", {}).values()
    }
    for name, schema in schemas.items():
        properties = schema.get("properties", {})
        filled = {key for key, prop in properties.items() if _has_default(prop)}
        filled.add(kinds.get(name))
        needed = [key for key in schema.pop("required", ()) if key not in filled]
        needed += [
            key
            for key in schema.get("x-client-required", ())
            if key not in {*needed, *filled} and "x-client-default" not in properties[key]
        ]
        if needed:
            schema["required"] = needed
    return document


def _has_default(prop: dict[str, Any]) -> bool:
    return not isinstance(prop.get("x-client-default", {}), dict | list)


def _run(document: dict[str, Any], output: Path, *options: str) -> None:
    command = [sys.executable, "-m", "datamodel_code_generator", *_COMMON, *options]
    done = subprocess.run(
        [*command, f"--output={output}"],
        input=json.dumps(document),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        # A configuration of the surrounding folders must not reach in.
        cwd=output.parent,
        env={**os.environ, "PYTHONWARNINGS": "default"},
    )
    if done.returncode != 0 or done.stderr.strip():
        raise SpecError(f"datamodel-code-generator: {done.stderr.strip() or done.returncode}")
