"""Agents and servers of different releases: they are refused, with both named, or they work.

The other release is a copy of this one with another number, and another protocol perhaps.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import batchcompute
from batchcompute.server import LocalServer
from batchcompute.server.executors.network.protocol import PROTOCOL
from tests.emulator.wire import Wire, task

_PATIENCE = 120.0
_OTHER = "2.99.0"


def _release(folder: Path, protocol: int) -> dict[str, str]:
    """Make another release, and return the environment that runs it."""
    package = folder / "batchcompute"
    shutil.copytree(
        Path(batchcompute.__file__).parent,
        package,
        ignore=shutil.ignore_patterns("__pycache__", "static"),
    )
    for name, pattern, value in (
        ("_version.py", r"^(__version__\b.*?=).*$", rf'\1 "{_OTHER}"'),
        ("server/executors/network/protocol.py", r"^(PROTOCOL =).*$", rf"\1 {protocol}"),
    ):
        path = package / name
        text, count = re.subn(pattern, value, path.read_text(), flags=re.MULTILINE)
        assert count == 1, name
        path.write_text(text)
    return {**os.environ, "PYTHONPATH": str(folder)}


def _agent(
    environment: dict[str, str], endpoint: str, data: Path, folder: Path
) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-P", "-m", "batchcompute.server", "agent", "--join", endpoint]
    arguments += ["--data-dir", str(folder), "--ca", str(data / "agents" / "ca.pem")]
    arguments += ["--token-file", str(data / "agents" / "default.token")]
    return subprocess.Popen(arguments, env=environment, stderr=subprocess.PIPE, text=True)


def _check_refusal(agent: subprocess.Popen[str], theirs: str, protocol: int) -> None:
    """Check that an agent is refused at once, with both releases and protocols named."""
    _, words = agent.communicate(timeout=_PATIENCE)
    assert agent.returncode == 1
    last = words.strip().rpartition("\n")[2]
    assert re.search(rf"release {re.escape(theirs)} of the agent speaks protocol {protocol}", last)
    assert "of the server speaks" in last
    for each in (_OTHER, batchcompute.__version__, "install the same release on both"):
        assert each in last


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("skew") / "data"


@pytest.fixture(scope="module")
def service(data: Path) -> Iterator[LocalServer]:
    with LocalServer(data, agents="external") as running:
        yield running


def test_agent_of_another_protocol_is_refused(
    service: LocalServer, data: Path, tmp_path: Path
) -> None:
    protocol = PROTOCOL - 1
    other = _release(tmp_path / "other", protocol)
    agent = _agent(other, service.agents_endpoint, data, tmp_path / "agent")
    _check_refusal(agent, _OTHER, protocol)


def test_agent_of_another_release_with_the_same_protocol_works(
    service: LocalServer, data: Path, tmp_path: Path
) -> None:
    other = _release(tmp_path / "other", PROTOCOL)
    client = Wire(service.endpoint, service.access_key_id, service.access_key_secret)
    agent = _agent(other, service.agents_endpoint, data, tmp_path / "agent")
    try:
        cluster = client.cluster(1)
        job = client.job({"t": task("true", cluster)})
        assert client.ended(job, seconds=_PATIENCE)["State"] == "Finished"
        logs = client.get(f"/clusters/{cluster}")["OperationLogs"]
        assert any(f"Agent of release {_OTHER}" in line for line in logs)
        client.send("DELETE", f"/clusters/{cluster}")
    finally:
        client.close()
        agent.terminate()
        agent.communicate(timeout=_PATIENCE)


def test_agent_is_refused_by_a_server_of_another_protocol(tmp_path: Path) -> None:
    data = tmp_path / "data"
    other = _release(tmp_path / "other", PROTOCOL + 1)
    arguments = [sys.executable, "-P", "-m", "batchcompute.server", "serve", "--data", str(data)]
    arguments += ["--agents", "external", "--port", "0"]
    server = subprocess.Popen(
        arguments, env=other, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert server.stderr is not None
    try:
        joins = ""
        for line in server.stderr:
            if found := re.search(r"agents join (https://\S+)", line):
                joins = found[1]
                break
        assert joins
        agent = _agent({**os.environ}, joins, data, tmp_path / "agent")
        _check_refusal(agent, batchcompute.__version__, PROTOCOL)
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=_PATIENCE)
