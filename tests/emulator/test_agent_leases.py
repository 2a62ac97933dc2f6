"""What becomes of programs whose agent does not hear its server any more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from batchcompute.server import LocalServer
from tests.emulator.wire import Wire, task, until_there

_PATIENCE = 120.0
_LEASE_SECONDS = 4.0


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("leases") / "data"


@pytest.fixture(scope="module")
def service(data: Path) -> Iterator[LocalServer]:
    with LocalServer(data, agents="external", lease_seconds=_LEASE_SECONDS) as running:
        yield running


@pytest.fixture(scope="module")
def client(service: LocalServer) -> Iterator[Wire]:
    wire = Wire(service.endpoint, service.access_key_id, service.access_key_secret)
    yield wire
    wire.close()


def _start(service: LocalServer, data: Path, folder: Path) -> subprocess.Popen[bytes]:
    arguments = [sys.executable, "-m", "batchcompute.server", "agent"]
    arguments += ["--join", service.agents_endpoint, "--data-dir", str(folder)]
    arguments += ["--token-file", str(data / "agents" / "default.token")]
    arguments += ["--ca", str(data / "agents" / "ca.pem")]
    return subprocess.Popen(arguments)


def _running(mark: str) -> int:
    """Return how many processes of this machine have a mark among their arguments."""
    count = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            count += mark.encode() in (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
    return count


def test_agent_without_contact_ends_its_programs_before_they_run_elsewhere(
    service: LocalServer, client: Wire, data: Path, visible: Path, tmp_path: Path
) -> None:
    gate = visible / "gate"
    mark = f"mark-{os.getpid()}"
    cluster = client.cluster(1)
    first = _start(service, data, tmp_path / "first")
    second = None
    try:
        command = f"sh -c '{until_there(gate)}' {mark}"
        job = client.job({"t": task(command, cluster)})
        client.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running", seconds=_PATIENCE)
        _eventually(lambda: _running(mark) == 1)
        (before,) = client.get(f"/clusters/{cluster}/groups/group/instances")["Items"]
        # It says nothing any more, and hears nothing; what it has started does not know.
        first.send_signal(signal.SIGSTOP)
        _eventually(lambda: _running(mark) == 0)
        second = _start(service, data, tmp_path / "second")
        client.until(
            f"/clusters/{cluster}/groups/group/instances",
            lambda seen: (
                [each["State"] for each in seen["Items"] if each["Id"] != before["Id"]]
                == ["Running"]
            ),
            seconds=_PATIENCE,
        )
        _eventually(lambda: _running(mark) == 1)
        # It hears that its VM is not wanted any more, and waits to be another one.
        first.send_signal(signal.SIGCONT)
        _eventually(lambda: not (tmp_path / "first" / "vm").exists())
        assert _running(mark) == 1
        gate.touch()
        assert client.ended(job, seconds=_PATIENCE)["State"] == "Finished"
        logs = client.get(f"/clusters/{cluster}")["OperationLogs"]
        assert any("was not heard of for 4 seconds" in line for line in logs)
    finally:
        for process in filter(None, (first, second)):
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in filter(None, (first, second)):
            assert process.wait(_PATIENCE) == 0
