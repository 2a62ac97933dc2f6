"""Rules about the example files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openapi_schema_validator import OAS30Validator

from codegen.lint.problem import Finding
from codegen.lint.spec import ExampleAt, Spec

FOLDER = "examples"


def example_present(spec: Spec) -> Iterator[Finding]:
    """Every request and every answer with a body has an example."""
    for location, media_type in spec.media_types():
        if not media_type.get("examples"):
            yield location, "There is no example."


def example_file(spec: Spec) -> Iterator[Finding]:
    """Examples have a summary and are JSON files in the examples folder."""
    for at in spec.examples():
        if not at.example.get("summary", "").strip():
            yield at.location, "The example has no summary."
        path = _file(spec, at)
        if path is None:
            yield at.location, f"externalValue must name a file {FOLDER}/<name>.json."
        elif not path.is_file():
            yield at.location, f"The file {FOLDER}/{path.name} does not exist."
        else:
            try:
                json.loads(path.read_bytes())
            except ValueError as error:
                yield at.location, f"The file {FOLDER}/{path.name} is not JSON: {error}."


def example_valid(spec: Spec) -> Iterator[Finding]:
    """Examples fit their schemas."""
    for at in spec.examples():
        value = _load(spec, at)
        if value is _UNREADABLE:
            continue
        # The components come along, so that references resolve inside the one schema.
        schema = {"components": spec.document.get("components", {}), "allOf": [at.schema]}
        for error in OAS30Validator(schema).iter_errors(value):
            where = "".join(f"[{step!r}]" for step in error.absolute_path) or "the whole"
            text = error.message if len(error.message) < 200 else f"{error.message[:200]}..."
            yield at.location, f"{at.example['externalValue']} does not fit, {where}: {text}."


def example_orphan(spec: Spec) -> Iterator[Finding]:
    """Every file beside the specification is referred to; files in folders by a README there."""
    folder = spec.path.parent / FOLDER
    text = spec.path.read_text(encoding="utf-8")
    for path in sorted(folder.glob("*.json")):
        if f"{FOLDER}/{path.name}" not in text:
            yield (), f"Nothing refers to {FOLDER}/{path.name}."
    for path in sorted(folder.glob("*/*.json")):
        readme = path.parent / "README.md"
        if not readme.is_file() or f"`{path.name}`" not in readme.read_text(encoding="utf-8"):
            yield (), f"{FOLDER}/{path.parent.name}/README.md does not mention {path.name}."


_UNREADABLE = object()


def _file(spec: Spec, at: ExampleAt) -> Path | None:
    folder, _, file_name = str(at.example.get("externalValue", "")).partition("/")
    if folder != FOLDER or "/" in file_name or not file_name.endswith(".json"):
        return None
    return spec.path.parent / FOLDER / file_name


def _load(spec: Spec, at: ExampleAt) -> Any:
    path = _file(spec, at)
    try:
        return _UNREADABLE if path is None else json.loads(path.read_bytes())
    except (OSError, ValueError):
        return _UNREADABLE
