"""Reading the specification, and small questions about it."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from codegen.yaml_loader import Loader

Schema = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class SpecError(Exception):
    """The specification says something that cannot be generated."""


def read(path: Path) -> dict[str, Any]:
    """Return the document.

    Args:
        path: The YAML file.

    Raises:
        SpecError: There is no such file, it is no YAML mapping, or it holds what JSON cannot.
    """
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=Loader)
    except FileNotFoundError:
        raise SpecError(f"{path}: there is no such file") from None
    except yaml.YAMLError as error:
        raise SpecError(f"{path}: {error}") from None
    if not isinstance(document, dict):
        raise SpecError(f"{path}: the document must be a mapping")
    _check_json(document, str(path))
    return document


def _check_json(value: Any, where: str) -> None:
    """Refuse what YAML has beyond JSON: times, infinities, keys that are no text."""
    if isinstance(value, dict):
        for key, entry in value.items():
            if not isinstance(key, str):
                raise SpecError(f"{where}: the key {key!r} is no text; put it in quotes")
            _check_json(key, where)
            _check_json(entry, f"{where}: {key}" if where.endswith(".yaml") else f"{where}.{key}")
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            _check_json(entry, f"{where}.{index}")
    elif isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise SpecError(f"{where}: {value!r} is no valid Unicode") from None
    elif isinstance(value, float) and not math.isfinite(value):
        raise SpecError(f"{where}: {value!r} is no number in JSON")
    elif not isinstance(value, int | float | None):
        raise SpecError(f"{where}: {value!r} is no value in JSON; put it in quotes")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield path, method and operation, in the document's order."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def ref_name(schema: Schema) -> str | None:
    """Return the component that a schema refers to, also through an `allOf` of one."""
    if "allOf" in schema and len(schema["allOf"]) == 1:
        return ref_name(schema["allOf"][0])
    reference = schema.get("$ref")
    return None if reference is None else str(reference).rpartition("/")[2]


def lookup(document: dict[str, Any], reference: str) -> Any:
    """Return what a local reference points at, or None."""
    if not reference.startswith("#/"):
        return None
    value: Any = document
    for part in reference[2:].split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(value, dict) or key not in value:
            return None
        value = value[key]
    return value


def resolve(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    """Follow references until something else is found; {} if one points at nothing."""
    seen: set[str] = set()
    while isinstance(reference := value.get("$ref"), str) and reference not in seen:
        seen.add(reference)
        value = lookup(document, reference) or {}
    return value


def unwrap(document: dict[str, Any], schema: Schema) -> Schema:
    """Resolve a schema, and also the `allOf` around a single reference."""
    schema = resolve(document, schema)
    while len(schema.get("allOf", ())) == 1:
        schema = resolve(document, schema["allOf"][0])
    return schema


def schemas(document: dict[str, Any]) -> dict[str, Schema]:
    """Return the component schemas by name."""
    found: dict[str, Schema] = document["components"]["schemas"]
    return found


def closure(document: dict[str, Any], names: Iterable[str]) -> set[str]:
    """Return component schemas together with all that they refer to.

    Args:
        document: The specification.
        names: The schemas to begin with.
    """
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += mentioned(schemas(document)[name])
    return found


def mentioned(value: Any) -> Iterator[str]:
    """Yield the component schemas that a part of the document refers to."""
    if isinstance(value, list):
        for entry in value:
            yield from mentioned(entry)
    elif isinstance(value, dict):
        for key, entry in value.items():
            if key in ("$ref", "x-open-enum") and isinstance(entry, str):
                if entry.startswith("#/components/schemas/"):
                    yield entry.rpartition("/")[2]
            elif not key.startswith("x-"):
                yield from mentioned(entry)
