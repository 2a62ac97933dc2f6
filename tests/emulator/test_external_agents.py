"""Agents that others start: each is a process with the token of its pool."""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.objects.owners import BucketOwners
from tests.emulator.sharing.people import wire_of
from tests.emulator.wire import Wire, task, until_there
from tests.ports import free_port
from tests.slow.lives import eventually

pytestmark = pytest.mark.slow

_PATIENCE = 120.0

Start = Callable[..., subprocess.Popen[str]]


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

    def begin(name: str, *more: str) -> subprocess.Popen[str]:
        started.append(_agent(service, data, tmp_path / name, *more))
        return started[-1]

    yield begin
    for process in started:
        process.terminate()
    for process in started:
        process.communicate(timeout=_PATIENCE)


def _vms(client: Wire, cluster: str) -> list[Any]:
    found: list[Any] = client.get(f"/clusters/{cluster}/groups/group/instances")["Items"]
    return found


def test_commands_of_the_page_run_a_job_that_waited_for_an_agent(tmp_path: Path) -> None:
    serve, join = _commands_of_the_page()
    port = str(free_port())
    commands = [
        [sys.executable, *each.replace("8650", port).split()[1:]]
        for each in (f"{serve} --port 0 --access-key testKey:testSecret", join)
    ]
    with ExitStack() as stack:
        began = partial(subprocess.Popen[str], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
        service = stack.enter_context(began(commands[0]))
        stack.callback(service.terminate)
        assert service.stdout is not None
        endpoint = service.stdout.readline().removeprefix("listening on ").strip()
        wire = Wire(endpoint, "testKey", "testSecret")
        stack.callback(wire.close)
        job = wire.job({"t": task("true", wire.cluster(1))})
        said = wire.until(
            f"/extensions/explain/jobs/{job}",
            lambda seen: "waits for an agent to join" in seen["Reason"],
            seconds=_PATIENCE,
        )
        # What it says to start is what the page says, with the files where the agent has them.
        in_words = join.replace("8650", port).replace("service/agents/", "")
        assert in_words.rpartition(" --data-dir")[0] in said["Reason"]
        agent = stack.enter_context(began(commands[1]))
        stack.callback(agent.terminate)
        assert wire.ended(job, seconds=_PATIENCE)["State"] == "Finished"


def test_copy_of_an_agents_folder_on_the_same_machine_is_turned_away(
    client: Wire, start: Start, visible: Path, tmp_path: Path
) -> None:
    gate = visible / "gate"
    cluster = client.cluster(1)
    start("first")
    job = client.job({"t": task(until_there(gate), cluster)})
    client.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running", seconds=_PATIENCE)
    (tmp_path / "copy").mkdir()
    for name in ("agent-id", "vm"):
        shutil.copy(tmp_path / "first" / name, tmp_path / "copy")
    copy = start("copy")
    assert copy.stderr is not None
    assert any("is this agent already" in line for line in copy.stderr)
    gate.touch()
    assert client.ended(job, seconds=_PATIENCE)["State"] == "Finished"
    # It would have the agents of other tests.
    client.send("DELETE", f"/clusters/{cluster}")


def _commands_of_the_page() -> tuple[str, str]:
    page = (Path(__file__).parents[2] / "docs" / "agents.md").read_text("utf-8")
    serve, join = re.findall(r"^(python .*(?:8650 --data service|--data-dir agent-1))$", page, re.M)
    return serve, join


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
    client.send("DELETE", f"/clusters/{other}")


@pytest.mark.skipif(shutil.which("bwrap") is None, reason="this machine has no bubblewrap")
def test_programs_in_namespaces_do_not_find_the_token_of_their_agent(
    service: LocalServer, data: Path, client: Wire, tmp_path: Path, visible: Path
) -> None:
    for name in ("token", "other"):
        (visible / name).write_text((data / "agents" / "default.token").read_text())
    agent = _agent(
        *(service, data, tmp_path / "agent", "--isolation", "namespace"),
        *("--token-file", str(visible / "token")),
    )
    try:
        cluster = client.cluster(1)
        job = client.job({"t": task(f"cd {visible}; cat token other | wc -w", cluster)})
        assert client.ended(job, seconds=_PATIENCE)["State"] == "Finished", client.instances(
            job, "t"
        )
        assert service.read_object(f"oss://bucket/logs/stdout.{job}.t.0") == b"1\n"
        client.send("DELETE", f"/clusters/{cluster}")
    finally:
        agent.terminate()
        agent.communicate(timeout=_PATIENCE)


def test_agent_reaches_objects_by_the_port_that_it_joins(
    service: LocalServer, client: Wire, start: Start, tmp_path: Path, visible: Path
) -> None:
    pytest.importorskip("alibabacloud_oss_v2", reason="the client of OSS cannot be installed here")
    service.write_object("oss://bucket/in", "words")
    service.write_object("oss://bucket/many/1", "one")
    service.write_object("oss://bucket/many/2", "two")
    agent = start("far", "--objects", "service")
    cluster = client.cluster(1)
    described = task(
        "cd /home; cat in many/1 many/2 > out; mkdir d; echo deep > d/file; cat out", cluster
    )
    described["InputMapping"] = {"oss://bucket/in": "/home/in", "oss://bucket/many/": "/home/many/"}
    described["OutputMapping"] = {
        "/home/out": "oss://fresh-bucket/out",
        "/home/d/": "oss://fresh-bucket/d/",
    }
    job = client.job({"t": described})
    ended = client.ended(job, seconds=_PATIENCE)
    assert ended["State"] == "Finished", client.instances(job, "t")
    assert service.read_object("oss://fresh-bucket/out") == b"wordsonetwo"
    assert service.read_object("oss://fresh-bucket/d/file") == b"deep\n"
    assert service.read_object(f"oss://bucket/logs/stdout.{job}.t.0") == b"wordsonetwo"
    # The key is its own, and good only while it is a VM that has an attempt.
    url = (
        f"oss://?endpoint={service.agents_endpoint}&region=cn-hangzhou&style=path"
        f"&credentials={tmp_path}/far/objects.key&ca={tmp_path}/far/objects.pem"
    )
    assert "SecurityTokenExpired" in _read(url, "oss://fresh-bucket/out")
    assert (tmp_path / "far" / "objects.key").stat().st_mode & 0o077 == 0
    gates = [visible / str(number) for number in range(2)]
    _begin(client, until_there(gates[0]), cluster)
    assert _read(url, "oss://fresh-bucket/out") == "wordsonetwo"
    # It is not good any more when the agent is another VM.
    former = tmp_path / "former.key"
    former.write_bytes((tmp_path / "far" / "objects.key").read_bytes())
    former_url = url.replace(f"{tmp_path}/far/objects.key", str(former))
    gates[0].touch()
    client.send("DELETE", f"/clusters/{cluster}")
    other = client.cluster(1)
    _begin(client, until_there(gates[1]), other)
    assert "SecurityTokenExpired" in _read(former_url, "oss://fresh-bucket/out")
    assert _read(url, "oss://fresh-bucket/out") == "wordsonetwo"
    agent.terminate()
    assert agent.wait(_PATIENCE) == 0
    assert "SecurityTokenExpired" in _read(url, "oss://fresh-bucket/out")
    client.send("DELETE", f"/clusters/{other}")


def _begin(client: Wire, command: str, cluster: str) -> str:
    """Start a job of one instance; return its id once its program runs."""
    described = task(command, cluster)
    described["Parameters"] = {"Command": {"CommandLine": command}}
    job = client.job({"t": described})
    client.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running", seconds=_PATIENCE)
    return job


def test_agent_reaches_by_that_port_what_the_account_of_a_job_has(
    service: LocalServer, data: Path, start: Start, tmp_path: Path, visible: Path
) -> None:
    pytest.importorskip("alibabacloud_oss_v2", reason="the client of OSS cannot be installed here")
    service.write_object("oss://first-accounts/in", "secret")
    start("shared", "--objects", "service")
    other = wire_of(service.endpoint, data, "another")
    try:
        cluster = other.cluster(1)
        described = task("cat /home/in || true; echo done", cluster)
        described["Parameters"]["StdoutRedirectPath"] = "oss://another-logs/"
        del described["Parameters"]["StderrRedirectPath"]
        job = other.job({"t": described})
        assert other.ended(job, seconds=_PATIENCE)["State"] == "Finished", other.instances(job, "t")
        printed = f"oss://another-logs/stdout.{job}.t.0"
        assert service.read_object(printed) == b"done\n"
        # The bucket is its account's, and those of others are not there, to read or to write.
        assert BucketOwners(data / "objects").owner("another-logs") == 2
        for mapping in (
            {"InputMapping": {"oss://first-accounts/in": "/home/in"}},
            {"OutputMapping": {"/home/out": "oss://first-accounts/out"}},
        ):
            told = {**described, **mapping}
            told["Parameters"] = {"Command": {"CommandLine": "touch /home/out"}}
            refused = other.job({"t": told})
            assert other.ended(refused, seconds=_PATIENCE)["State"] == "Failed"
        assert service.list_objects("oss://first-accounts/") == ["oss://first-accounts/in"]
        # Nor for whoever has the agent's key, as long as it has no attempt of that account.
        gate = visible / "gate"
        job = _begin(other, until_there(gate), cluster)
        for account, found in (("2", "done\n"), ("1", "Expired"), ("every", "Expired")):
            url = (
                f"oss://?endpoint={service.agents_endpoint}&region=cn-hangzhou&style=path"
                f"&credentials={tmp_path}/shared/objects.key&ca={tmp_path}/shared/objects.pem"
                f"&account={account}"
            )
            assert found in _read(url, printed)
            assert "secret" not in _read(url, "oss://first-accounts/in")
        gate.touch()
        assert other.ended(job, seconds=_PATIENCE)["State"] == "Finished"
        other.send("DELETE", f"/clusters/{cluster}")
    finally:
        other.close()


def test_outputs_of_what_ended_without_the_service_reach_the_next_one(
    tmp_path: Path, visible: Path
) -> None:
    pytest.importorskip("alibabacloud_oss_v2", reason="the client of OSS cannot be installed here")
    data, gate, ended = tmp_path / "data", visible / "gate", visible / "ended"
    with ExitStack() as stack:
        with LocalServer(data, agents="external", stop_instances=False) as server:
            agent = _agent(
                *(server, data, tmp_path / "agent"),
                *("--objects", "service", "--isolation", "process-group"),
            )
            stack.callback(agent.communicate, timeout=_PATIENCE)
            stack.callback(agent.terminate)
            stack.callback(gate.touch)
            client = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
            stack.callback(client.close)
            command = f"{until_there(gate)}; echo words > {visible}/out; touch {ended}"
            described = task(command, client.cluster(1))
            described["OutputMapping"] = {f"{visible}/out": "oss://bucket/out"}
            job = client.job({"t": described})
            client.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running", seconds=_PATIENCE)
        gate.touch()
        eventually(ended.exists)
        # The agent's key is good for that attempt from the first request on.
        with LocalServer(data, agents="external") as server:
            client = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
            stack.callback(client.close)
            assert client.ended(job, seconds=_PATIENCE)["State"] == "Finished"
            assert server.read_object("oss://bucket/out") == b"words\n"
            attempts = client.get(f"/extensions/jobs/{job}/tasks/t/instances/0/attempts")
            assert [each["Number"] for each in attempts["Items"]] == [1]


_READ = """
import sys
from batchcompute.server.objects import ObjectStoreError, open_store

try:
    print(open_store(sys.argv[1]).read_range(sys.argv[2]).decode(), end="")
except ObjectStoreError as error:
    print(error)
"""


def _read(url: str, address: str) -> str:
    """Read an object in a process of its own, as the vendor's client is not tidy."""
    arguments = [sys.executable, "-c", _READ, url, address]
    return subprocess.run(arguments, check=True, capture_output=True, text=True).stdout
