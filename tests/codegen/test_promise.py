"""A change of the specification reaches everything that is generated, with no other edit."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from codegen import tree
from codegen.yaml_loader import Loader

from .overlay import package_with

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]

_PROGRAM = """
import asyncio, inspect, json, typing

import httpx
import pydantic

import batchcompute, batchcompute.client, batchcompute.resources
from batchcompute._generated import api, schemas, types
from batchcompute import AsyncClient, Client
from batchcompute._generated.api.models import Explanation, JobDescription
from batchcompute._generated.api.facts.operations import OPERATIONS

TREE = {tree!r}
for module in (api, schemas, types):
    assert module.__file__.startswith(TREE), module.__file__

# The public class: annotation, documentation, default, checks, JSON both ways.
assert JobDescription.__annotations__["Mood"] == "str | None"
assert "Mood: How the job feels." in " ".join(JobDescription.__doc__.split())
job = JobDescription()
assert job.Mood == "calm" == json.loads(job.dump())["Mood"]
job.Mood = "wild"
assert JobDescription(job.dump()).Mood == job.to_dict()["Mood"] == "wild"
assert JobDescription.from_dict({{"Mood": "mild"}}).Mood == "mild"
try:
    job.Mood = 5
except TypeError as error:
    assert str(error) == "JobDescription: Mood must be a string, not int"
else:
    raise AssertionError("a wrong type was accepted")

# What type checkers know of the constructor.
source = inspect.getsource(JobDescription)
assert "Mood: str | None = ...," in source.partition("def __init__(")[2]

# The typed dict.
hints = typing.get_type_hints(types.JobDescription, include_extras=True)
assert hints["Mood"] == typing.NotRequired[str]
assert set(types.Explanation.__required_keys__) == {{"Text"}}

# The server's check.
task = {{"Parameters": {{"Command": {{"CommandLine": "c"}}}}}}
minimal = {{"Name": "n", "Type": "DAG", "Priority": 1, "DAG": {{"Tasks": {{"x": task}}}}}}
assert schemas.JobDescription(**minimal, Mood="x").Mood == "x"
try:
    schemas.JobDescription(**minimal, Mood="x" * 11)
except pydantic.ValidationError as error:
    assert "Mood" in str(error)
else:
    raise AssertionError("a text that is too long was accepted")

# The operation, on both clients and in raw form, and what is known about it.
seen = []

def answer(request):
    seen.append((request.method, request.url.path, dict(request.url.params)))
    return httpx.Response(200, json={{"Text": "because", "New": 1}})

mock = httpx.MockTransport(answer)
client = Client("http://127.0.0.1:1", "id", "secret", http_client=httpx.Client(transport=mock))
explained = client.explain_job("job-1", depth=2)
assert client.with_raw_response.explain_job("job-1", 2).status == 200

async def ask():
    sender = httpx.AsyncClient(transport=mock)
    client = AsyncClient("http://127.0.0.1:1", "id", "secret", http_client=sender)
    return await client.explain_job("job-1", 2)

again = asyncio.run(ask())
assert isinstance(explained, Explanation) and explained == again
assert type(explained).__name__ == "ExplanationResponse"
assert (explained.Text, explained["New"], explained.StatusCode) == ("because", 1, 200)
assert seen == [("GET", "/jobs/job-1/explanation", {{"Depth": "2"}})] * 3
assert "Explain a job (GET /jobs/{{JobId}}/explanation)." in Client.explain_job.__doc__
assert "NotFoundError: There is no such job." in AsyncClient.explain_job.__doc__
assert batchcompute.resources.Explanation is Explanation
assert batchcompute.client.Explanation is Explanation
# A list that has its own names for everything about pages.
pages = [
    {{"Entries": [{{"Text": "a"}}], "Next": "n1"}},
    {{"Entries": [{{"Text": "b"}}], "Next": ""}},
]
asked = []

def turn(request):
    asked.append(dict(request.url.params))
    return httpx.Response(200, json=pages[len(asked) - 1])

lister = httpx.Client(transport=httpx.MockTransport(turn))
client = Client("http://127.0.0.1:1", "id", "secret", http_client=lister)
assert [note.Text for note in client.list_notes(max_item_count=1).all()] == ["a", "b"]
assert asked == [{{"Start": "", "Limit": "1"}}, {{"Start": "n1", "Limit": "1"}}], asked
fact = OPERATIONS["explain_job"]
assert (fact.method, fact.path) == ("GET", "/jobs/{{JobId}}/explanation")
assert fact.idempotent and not fact.long_running
"""


def test_new_property_schema_and_operation_reach_every_package(tmp_path: Path) -> None:
    contract = (ROOT / "spec" / "openapi.yaml").read_text(encoding="utf-8")
    document = yaml.load(contract, Loader=Loader)
    schemas = document["components"]["schemas"]
    schemas["JobDescription"]["properties"]["Mood"] = {
        "description": "How the job feels.",
        "type": "string",
        "maxLength": 10,
        "x-client-default": "calm",
    }
    schemas["Explanation"] = {
        "x-role": "status",
        "description": "Why.",
        "type": "object",
        "additionalProperties": True,
        "required": ["Text"],
        "properties": {"Text": {"description": "The reason.", "type": "string"}},
    }
    document["paths"]["/jobs/{JobId}/explanation"] = {
        "get": {
            "operationId": "explain_job",
            "tags": ["jobs"],
            "summary": "Explain a job",
            "description": "Say why.",
            "x-idempotent": True,
            "x-errors": {"InvalidResource.NotFound": "There is no such job."},
            "parameters": [
                {"name": "JobId", "in": "path", "required": True, "schema": {"type": "string"}},
                {"name": "Depth", "in": "query", "schema": {"type": "integer"}},
            ],
            "responses": {
                "200": {
                    "description": "The explanation.",
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Explanation"}}
                    },
                }
            },
        }
    }
    note = {"$ref": "#/components/schemas/Explanation"}
    schemas["NoteList"] = {
        "x-role": "page",
        "description": "A page of notes.",
        "type": "object",
        "properties": {
            "Entries": {"description": "Notes.", "type": "array", "items": note},
            "Next": {"description": "Where the next page begins.", "type": "string"},
        },
    }
    limit = {"type": "integer", "default": 50}
    paging = {"items": "Entries", "next": "Next", "marker": "Start", "size": "Limit"}
    text = {"type": "string"}
    document["paths"]["/notes"] = {
        "get": {
            "operationId": "list_notes",
            "tags": ["jobs"],
            "summary": "List notes",
            "description": "One page of notes.",
            "x-idempotent": True,
            "x-pagination": paging,
            "parameters": [
                {"name": "Start", "in": "query", "x-argument": "marker", "schema": text},
                {"name": "Limit", "in": "query", "x-argument": "max_item_count", "schema": limit},
            ],
            "responses": {
                "200": {
                    "description": "The page.",
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/NoteList"}}
                    },
                }
            },
        }
    }
    spec = tmp_path / "openapi.yaml"
    spec.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    target = tmp_path / "generated"

    tree.generate(spec, target)

    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _PROGRAM.format(tree=str(tmp_path / "overlay"))],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(package_with(target, tmp_path / "overlay"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["api", "types", "schemas"])
def test_generated_package_imports_without_a_warning(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import batchcompute._generated.{name}"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
