"""Reading YAML strictly: what YAML lets pass in silence is a finding here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml

from codegen.lint.problem import Finding, Location
from codegen.yaml_loader import Loader


class _StrictLoader(Loader):
    """A loader that remembers keys which appear twice in one mapping."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self.duplicates: list[str] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        line = node.start_mark.line + 1
        self.duplicates += [
            f"The mapping that starts in line {line} has the key {key!r} twice."
            for key in sorted({key for key in keys if keys.count(key) > 1})
        ]
        return super().construct_mapping(node, deep)


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], list[Finding]]:
    """Read a specification.

    Args:
        path: The YAML file.

    Returns:
        The document, and what is wrong with the file; a document that cannot be read is empty.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        loader = _StrictLoader(text)
        try:
            document = loader.get_single_data()
        finally:
            loader.dispose()
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        return {}, [((), f"The file cannot be read: {' '.join(str(error).split())}.")]
    findings: list[Finding] = [((), sentence) for sentence in loader.duplicates]
    if not isinstance(document, dict):
        return {}, [*findings, ((), "The document is not a mapping.")]
    return document, findings + _not_json(document, ())


def _not_json(value: object, location: Location) -> list[Finding]:
    """Find what JSON cannot hold: readers in other languages would see something else."""
    if isinstance(value, dict):
        found: list[Finding] = [
            (location, f"The key {key!r} is not text; put it in quotes.")
            for key in value
            if not isinstance(key, str)
        ]
        for key, member in value.items():
            found += _not_json(member, (*location, str(key)))
        return found
    if isinstance(value, list):
        return [one for i, item in enumerate(value) for one in _not_json(item, (*location, i))]
    if value is None or isinstance(value, str | int | float | bool):
        return []
    return [(location, f"{value!s} is a {type(value).__name__} in YAML; put it in quotes.")]
