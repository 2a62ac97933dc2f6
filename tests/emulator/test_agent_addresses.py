"""Agents that are told something that can never work say so at once, and what to do."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.commands import agent_process
from batchcompute.server.executors.network.agent.agent import NetworkAgent
from batchcompute.server.executors.network.agent.options import AgentOptions
from batchcompute.server.executors.network.agent.own_folder import OwnFolder
from batchcompute.server.process import certificates


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("addresses") / "data"


@pytest.fixture(scope="module")
def service(data: Path) -> Iterator[LocalServer]:
    with LocalServer(data, agents="external") as running:
        yield running


def test_addresses_and_certificates_that_cannot_be_right_are_refused_at_once(
    service: LocalServer, data: Path, tmp_path: Path
) -> None:
    right = service.agents_endpoint
    port = right.rpartition(":")[2]
    trusted = (data / "agents" / "ca.pem").read_text()
    certificates.have_certificate(tmp_path / "other", [])
    other = (tmp_path / "other" / certificates.AUTHORITY).read_text()

    def refusal(join: str, trusted: str) -> str:
        with pytest.raises((RuntimeError, ValueError)) as refused:
            NetworkAgent(AgentOptions(join, tmp_path, "token", trusted)).run()
        return str(refused.value)

    plain = right.replace("https", "http")
    assert f"write https://127.0.0.1:{port}" in refusal(plain, trusted)
    # Of nobody that this machine trusts.
    assert "is not trusted" in refusal(right, "")
    # Of another service, by whatever name.
    said = refusal(f"{right},https://localhost:{port}", other)
    assert "name agents/ca.pem of the service's data folder by --ca" in said
    # By a name that the certificate does not have.
    assert "certificates --name" in refusal(f"https://127.1:{port}", trusted)
    # The port of callers.
    assert "does not speak TLS" in refusal(service.endpoint.replace("http:", "https:"), trusted)
    assert "holds no certificates (PEM)" in refusal(right, "nonsense")


def test_port_of_agents_is_none_that_connections_take_while_the_service_is_away(
    service: LocalServer,
) -> None:
    port = int(service.agents_endpoint.rpartition(":")[2])
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    if first < 20_000:
        pytest.skip("this system leaves next to no ports that it does not give away")
    assert not first <= port <= last


def test_empty_file_of_certificates_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHCOMPUTE_AGENT_TOKEN", "token")
    (tmp_path / "ca.pem").touch()
    arguments = ["--join", "https://127.0.0.1:1", "--data-dir", str(tmp_path)]
    assert agent_process.main([*arguments, "--ca", str(tmp_path / "ca.pem")]) == 1
    assert "ca.pem is empty; copy agents/ca.pem" in capsys.readouterr().err


def test_folder_that_another_agent_uses_is_refused_before_anything_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BATCHCOMPUTE_AGENT_TOKEN", "token")
    first = OwnFolder(tmp_path)
    first.open()
    assert agent_process.main(["--join", "https://127.0.0.1:1", "--data-dir", str(tmp_path)]) == 1
    first.close()
    assert capsys.readouterr().err == (
        f"error: the agent cannot go on: another agent or server (process {os.getpid()}) already "
        f"uses the folder {tmp_path}; choose one of its own with --data-dir\n"
    )
