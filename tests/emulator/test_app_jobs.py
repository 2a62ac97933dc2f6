from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from batchcompute.server import LocalServer
from tests.emulator.wire import Wire, echoes

COPY = {
    "Name": "copy",
    "CommandLine": 'cp "${in-file}" ${to} && echo ${count} ${word}',
    "VM": {"ECSImageId": "img-ubuntu"},
    "InputParameters": {
        "in-file": {"LocalPath": "/app/in/file"},
        "count": {"Type": "Number", "Default": 3},
        "word": {"Default": "none"},
    },
    "OutputParameters": {"to": {"LocalPath": "/app/out/file"}},
    "EnvVars": {"GREETING": "hello"},
}
RUN = {
    "AppName": "copy",
    "Inputs": {"in-file": "oss://bucket/app/in", "word": "$(false) 'a"},
    "Outputs": {"to": "oss://bucket/app/out"},
    "Logging": {"StdoutPath": "oss://bucket/app/logs/"},
}


@pytest.fixture
def copy(wire: Wire, server: LocalServer) -> Iterator[None]:
    """An App that copies a file, and the file."""
    server.objects.put_bytes(b"data\n", "oss://bucket/app/in")
    assert wire.send("POST", "/apps", COPY).status_code == 201
    yield
    wire.send("DELETE", "/apps/copy")


def described(app: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"Name": "run", "Type": "App", "App": app, **members}


def make(wire: Wire, command: str, **members: Any) -> None:
    """Make or change the App `small`, whose name is free after the test."""
    body = {"Name": "small", "CommandLine": command, "VM": {"ECSImageId": "img-ubuntu"}, **members}
    if wire.send("POST", "/apps", body).status_code != 201:
        assert wire.send("PUT", "/apps/small", body).status_code == 200


@pytest.fixture(autouse=True)
def _no_small_app(wire: Wire) -> Iterator[None]:
    yield
    wire.send("DELETE", "/apps/small")


@pytest.mark.usefixtures("copy")
def test_app_runs_with_its_parameters(wire: Wire, server: LocalServer) -> None:
    job = wire.create("/jobs", described(RUN))
    assert wire.ended(job)["State"] == "Finished", wire.instances(job, "task")
    assert server.read_object("oss://bucket/app/out") == b"data\n"
    stdout = f"oss://bucket/app/logs/stdout.{job}.task.0"
    assert server.read_object(stdout) == b"3 $(false) 'a\n"
    (instance,) = wire.instances(job, "task")
    assert instance["StdoutRedirectPath"] == stdout
    assert instance["Outputs"] == RUN["Outputs"]
    assert instance["Error"] == {"Code": "", "Message": ""}


@pytest.mark.usefixtures("copy")
def test_description_of_the_job_is_echoed(wire: Wire) -> None:
    job = wire.create("/jobs", described(RUN, Description="text"))
    expected = {**described(RUN, Description="text"), "Id": job, "Priority": 0}
    assert echoes(wire.get(f"/jobs/{job}?description"), expected)
    wire.ended(job)


def test_newest_revision_runs(wire: Wire, cluster: str) -> None:
    make(wire, "exit 1")
    make(wire, "exit 0")
    app = {"AppName": "small", "Config": {"ClusterId": cluster}}
    job = wire.create("/jobs", described(app))
    assert wire.ended(job)["State"] == "Finished"
    assert [each["Id"] for each in wire.get(f"/jobs?ClusterId={cluster}")["Items"]] == [job]


def test_failed_run_says_why(wire: Wire, cluster: str) -> None:
    make(wire, "exit 3")
    app = {"AppName": "small", "Config": {"ClusterId": cluster, "InstanceCount": 2}}
    job = wire.create("/jobs", described(app, JobFailOnInstanceFail=False))
    assert wire.ended(job)["InstanceMetrics"]["FailedCount"] == 2
    for instance in wire.instances(job, "task"):
        assert instance["Error"]["Code"] == "ProgramFailed"
        assert instance["Error"]["Message"] == "The program exited with code 3."
        assert instance["Outputs"] == {}


def test_job_outlives_its_app(wire: Wire, cluster: str) -> None:
    make(wire, "exit 0")
    job = wire.create("/jobs", described({"AppName": "small", "Config": {"ClusterId": cluster}}))
    assert wire.send("DELETE", "/apps/small").status_code == 204
    assert wire.ended(job)["State"] == "Finished"
    assert wire.get(f"/jobs/{job}?description")["App"]["AppName"] == "small"


def test_token_runs_once(wire: Wire, cluster: str) -> None:
    make(wire, "exit 0")
    body = described({"AppName": "small", "Config": {"ClusterId": cluster}})
    target = f"/jobs?IdempotentToken={cluster.replace('-', '_')}"
    job = wire.create(target, body)
    wire.send("DELETE", "/apps/small")
    assert wire.create(target, body) == job
    wire.ended(job)


@pytest.mark.parametrize("name", ["none", "Public:none", ":none"])
def test_unknown_app(wire: Wire, name: str) -> None:
    refusal = wire.refused("POST", "/jobs", described({"AppName": name}))
    assert refusal[:2] == (400, "InvalidAppName")
    assert f"App {name} is not found" in refusal[2]


def test_unknown_cluster(wire: Wire) -> None:
    make(wire, "true")
    app = {"AppName": "small", "Config": {"ClusterId": "cls-none"}}
    status, code, message = wire.refused("POST", "/jobs", described(app))
    assert (status, code) == (400, "InvalidClusterId")
    assert "App.Config.ClusterId" in message


def test_image_that_is_gone_was_a_name(wire: Wire) -> None:
    image = wire.create("/images", {"EcsImageId": "m-1", "Platform": "Linux"})
    make(wire, "true", VM={"ECSImageId": image})
    wire.send("DELETE", f"/images/{image}")
    job = wire.create("/jobs", described({"AppName": "small"}))
    assert wire.ended(job)["State"] == "Finished"
