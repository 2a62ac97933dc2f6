"""Agents that others start: each is a process with the token of its pool."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server import LocalServer
from tests.emulator.wire import Wire, task, until_there

_PATIENCE = 120.0

Start = Callable[[str], subprocess.Popen[str]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("external") / "data"


@pytest.fixture(scope="module")
def service(data: Path) -> Iterator[LocalServer]:
    with LocalServer(data, agents="external") as running:
        yield running


@pytest.fixture(scope="module")
def client(service: LocalServer) -> Iterator[Wire]:
    wire = Wire(service.endpoint, service.access_key_id, service.access_key_secret)
    yield wire
    wire.close()


def _agent(service: LocalServer, data: Path, folder: Path, *more: str) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", "batchcompute.server", "agent"]
    arguments += ["--join", service.agents_endpoint, "--data-dir", str(folder)]
    arguments += ["--token-file", str(data / "agents" / "default.token")]
    arguments += ["--ca", str(data / "agents" / "ca.pem"), *more]
    return subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def start(service: LocalServer, data: Path, tmp_path: Path) -> Iterator[Start]:
    """Starts agents, each with a folder of its own, that are told to go at the end."""
    started: list[subprocess.Popen[str]] = []

    def begin(name: str) -> subprocess.Popen[str]:
        started.append(_agent(service, data, tmp_path / name))
        return started[-1]

    yield begin
    for process in started:
        process.terminate()
    for process in started:
        process.communicate(timeout=_PATIENCE)


def _vms(client: Wire, cluster: str) -> list[Any]:
    found: list[Any] = client.get(f"/clusters/{cluster}/groups/group/instances")["Items"]
    return found


def test_agent_that_is_told_to_go_gives_its_program_to_another_one(
    client: Wire, start: Start, visible: Path
) -> None:
    gate = visible / "gate"
    cluster = client.cluster(1)
    first = start("first")
    job = client.job({"t": task(until_there(gate), cluster)})
    client.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running", seconds=_PATIENCE)
    (before,) = _vms(client, cluster)
    second = start("second")
    first.send_signal(signal.SIGTERM)
    assert first.wait(_PATIENCE) == 0
    gate.touch()
    assert client.ended(job, seconds=_PATIENCE)["State"] == "Finished"
    (after,) = _vms(client, cluster)
    assert after["Id"] != before["Id"]
    # What nobody wants any more is free for the next cluster.
    client.send("DELETE", f"/clusters/{cluster}")
    other = client.cluster(1)
    then = client.job({"t": task("true", other)})
    assert client.ended(then, seconds=_PATIENCE)["State"] == "Finished"
    assert second.poll() is None
