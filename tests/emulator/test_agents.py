"""Programs that agents run, which are processes of this machine and speak TLS to the service."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server import LocalServer
from tests.emulator.wire import Wire, task, until_there

_PATIENCE = 120.0


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("agents") / "data"


@pytest.fixture(scope="module")
def service(data: Path) -> Iterator[LocalServer]:
    with LocalServer(data, agents="local") as running:
        yield running


@pytest.fixture(scope="module")
def client(service: LocalServer) -> Iterator[Wire]:
    wire = Wire(service.endpoint, service.access_key_id, service.access_key_secret)
    yield wire
    wire.close()


@pytest.fixture(scope="module")
def cluster(client: Wire) -> str:
    return client.cluster(1)


def _vms(client: Wire, cluster: str) -> dict[str, Any]:
    found: list[Any] = client.get(f"/clusters/{cluster}/groups/group/instances")["Items"]
    return {each["Id"]: each for each in found}


def test_agent_runs_programs_with_their_files(
    service: LocalServer, client: Wire, cluster: str
) -> None:
    service.write_object("oss://bucket/in", "words")
    parameters = {"InputMapping": {"oss://bucket/in": "/home/in"}}
    described = task("cat /home/in; exit 0", cluster, 3)
    described["InputMapping"] = parameters["InputMapping"]
    job = client.job({"t": described})
    assert client.ended(job, seconds=_PATIENCE)["State"] == "Finished"
    written = [
        address
        for address in service.list_objects("oss://bucket/logs/")
        if job in address and "stdout" in address
    ]
    assert len(written) == 3
    assert all(service.read_object(address) == b"words" for address in written)
    logs = client.get(f"/clusters/{cluster}")["OperationLogs"]
    assert any("Agent of release" in line for line in logs)


def test_stopped_job_ends_its_programs(client: Wire, cluster: str, visible: Path) -> None:
    job = client.job({"t": task(f"echo $$ > {visible}/here; sleep 600", cluster)})
    client.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running", seconds=_PATIENCE)
    client.send("POST", f"/jobs/{job}/stop")
    assert client.ended(job, seconds=_PATIENCE)["State"] == "Stopped"
    # The VM is free again.
    then = client.job({"t": task("true", cluster)})
    assert client.ended(then, seconds=_PATIENCE)["State"] == "Finished"


def test_program_of_an_agent_that_was_killed_runs_on_another_vm(
    client: Wire, cluster: str, data: Path, visible: Path
) -> None:
    gate = visible / "gate"
    job = client.job({"t": task(until_there(gate), cluster)})
    client.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running", seconds=_PATIENCE)
    (before,) = (data / "agents" / "vms").iterdir()
    os.kill(int((before / "process").read_text()), signal.SIGKILL)
    _eventually(lambda: not before.exists())
    gate.touch()
    assert client.ended(job, seconds=_PATIENCE)["State"] == "Finished"
    assert before.name not in _vms(client, cluster)
    logs = client.get(f"/clusters/{cluster}")["OperationLogs"]
    assert any(before.name in line and "Instance lost" in line for line in logs)
