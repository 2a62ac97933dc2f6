from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]

# Small, and of everything one: two schemas, an enumeration, two operations.
_SMALL = """
openapi: 3.0.3
info: {title: Small, version: '1'}
paths:
  /things/{ThingId}:
    get:
      operationId: get_thing
      tags: [things]
      summary: Get a thing
      description: Get it.
      x-idempotent: true
      parameters:
        - {name: ThingId, in: path, required: true, schema: {type: string}}
        - {name: Marker, in: query, required: false, schema: {type: string, default: m}}
      responses:
        '200':
          description: The thing.
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
  /things:
    put:
      operationId: set_thing
      tags: [things]
      summary: Set a thing
      description: Set it.
      x-idempotent: true
      requestBody:
        description: The thing.
        content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
      responses:
        '204': {description: Done.}
components:
  schemas:
    Thing:
      x-role: description
      description: A thing.
      type: object
      additionalProperties: true
      required: [Name]
      properties:
        Name: {description: Its name., type: string, default: a, x-client-default: a}
        Inner:
          description: What is inside.
          allOf: [{$ref: '#/components/schemas/Inner'}]
        Colour:
          description: Its colour.
          anyOf: [{$ref: '#/components/schemas/Colour'}, {type: string}]
    Inner:
      x-role: description
      description: Inside.
      type: object
      additionalProperties: true
      properties:
        Size: {description: In metres., type: integer, minimum: 0}
    Colour:
      description: A colour.
      type: string
      enum: [red, blue]
"""


@pytest.fixture(scope="session")
def small_text() -> str:
    """A specification that generates in a moment."""
    return _SMALL


@pytest.fixture
def small(small_text: str) -> dict[str, Any]:
    """The same, parsed; the test may change it."""
    document: dict[str, Any] = yaml.safe_load(small_text)
    return document


def _generate(target: Path, seed: str) -> Path:
    """Generate from the real specification in a process that hashes as a seed says."""
    done = subprocess.run(
        [sys.executable, "-m", "codegen", "generate", f"--output={target}"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture(scope="session")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree from the real specification."""
    return _generate(tmp_path_factory.mktemp("generated") / "tree", "1")


@pytest.fixture(scope="session")
def generated_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another one, made by a process that hashes differently."""
    return _generate(tmp_path_factory.mktemp("generated") / "tree", "2")
