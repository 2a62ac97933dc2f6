"""Reading the specification, and small questions about it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

Schema = dict[str, Any]
METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class SpecError(Exception):
    """The specification says something that cannot be generated."""


def read(path: Path) -> dict[str, Any]:
    """Return the document.

    Args:
        path: The YAML file.

    Raises:
        SpecError: There is no such file, or it is no YAML mapping.
    """
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SpecError(f"{path}: there is no such file") from None
    except yaml.YAMLError as error:
        raise SpecError(f"{path}: {error}") from None
    if not isinstance(document, dict):
        raise SpecError(f"{path}: the document must be a mapping")
    return document


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


def schemas(document: dict[str, Any]) -> dict[str, Schema]:
    """Return the component schemas by name."""
    found: dict[str, Schema] = document["components"]["schemas"]
    return found
