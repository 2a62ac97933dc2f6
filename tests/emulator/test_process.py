"""The service as a process: its command line, its death, and its data folder."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.objects import open_store
from tests.emulator.serving import COMMAND, Serve, run
from tests.emulator.wire import Wire, task, until_there
from tests.processes import unique_seconds, until_processes


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Serve]]:
    started: list[Serve] = []

    def start(*options: str) -> Serve:
        started.append(Serve(tmp_path / "data", *options))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.end()


def test_killed_server_forgets_nothing_and_repeats_nothing(serve: Callable[..., Serve]) -> None:
    # In namespaces the programs would not see the gate.
    server = serve("--isolation", "process-group")
    cluster = server.wire.cluster(3)
    gate = server.data.parent / "gate"
    # What an instance printed would change if it ran again.
    command = f'date +%s%N; test "$BATCH_COMPUTE_DAG_INSTANCE_ID" -lt 3 || {until_there(gate)}'
    job = server.wire.job({"t": task(command, cluster, 6)}, Priority=3)
    waiting = server.wire.job({"t": task("true", cluster, 2)})
    server.wire.until(f"/jobs/{job}", lambda seen: seen["InstanceMetrics"]["FinishedCount"] == 3)
    before = [server.wire.get(f"/jobs/{job}/tasks/t/instances/{index}") for index in range(3)]
    printed = [_printed(server, job, index) for index in range(3)]
    server.end(signal.SIGKILL)
    again = serve("--isolation", "process-group")
    seen = again.wire.get(f"/jobs/{job}")
    assert seen["State"] == "Running"
    gate.touch()
    after = [again.wire.get(f"/jobs/{job}/tasks/t/instances/{index}") for index in range(3)]
    assert after == before
    assert again.wire.ended(job)["State"] == "Finished"
    assert again.wire.ended(waiting)["State"] == "Finished"
    assert again.wire.get(f"/clusters/{cluster}")["Metrics"]["RunningCount"] == 3
    retried = [each["RetryCount"] for each in again.wire.instances(job, "t")]
    assert retried == [0] * 6
    assert [_printed(again, job, index) for index in range(3)] == printed


def _printed(server: Serve, job: str, index: int) -> bytes:
    objects = open_store(server.data / "objects")
    return objects.read_range(f"oss://bucket/logs/stdout.{job}.t.{index}")


def test_running_instance_is_adopted_by_the_next_server(
    serve: Callable[..., Serve], visible: Path
) -> None:
    server = serve()
    cluster = server.wire.cluster(1)
    gate = until_there(visible / "gate")
    job = server.wire.job({"t": task(f"{gate}; exit 5", cluster)})
    server.wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running")
    started = server.wire.instances(job, "t")[0]["StartTime"]
    assert server.end() == 0
    again = serve()
    (visible / "gate").touch()
    assert again.wire.ended(job)["State"] == "Failed"
    (instance,) = again.wire.instances(job, "t")
    assert instance["Result"]["ExitCode"] == 5
    assert instance["StartTime"] == started


def test_stopped_instance_runs_again_in_the_next_server(
    serve: Callable[..., Serve], visible: Path
) -> None:
    server = serve("--stop-instances")
    cluster = server.wire.cluster(1)
    gate = until_there(visible / "gate")
    job = server.wire.job({"t": task(gate, cluster)})
    server.wire.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running")
    assert server.end() == 0
    (visible / "gate").touch()
    again = serve()
    assert again.wire.ended(job)["State"] == "Finished"
    assert again.wire.instances(job, "t")[0]["RetryCount"] == 0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """A server for the tests that leave it as it is."""
    server = Serve(tmp_path_factory.mktemp("running") / "data")
    yield server
    server.end()


def test_second_server_on_the_same_data_is_refused(running: Serve) -> None:
    found = run("serve", "--data", str(running.data), "--port", "0")
    assert found.returncode == 1
    assert found.stdout == ""
    assert f"process {running.process.pid}" in found.stderr
    assert "Traceback" not in found.stderr
    running.wire.get("/jobs")


def test_ctrl_c_ends_the_server_in_order(serve: Callable[..., Serve]) -> None:
    # SIGTERM ends the one whose running instance is adopted.
    assert serve().end(signal.SIGINT) == 0


def test_credentials_are_made_and_kept(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with LocalServer(data) as first:
        key = (first.access_key_id, first.access_key_secret)
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert stat.S_IMODE((data / "credentials").stat().st_mode) == 0o600
        shown = run("env", "--data", str(data)).stdout
        exports = dict(line.removeprefix("export ").split("=", 1) for line in shown.splitlines())
        assert exports == first.environment()
        assert first.access_key_secret not in repr(first)
    with LocalServer(data) as second:
        assert (second.access_key_id, second.access_key_secret) == key
        client = Wire(second.endpoint, *key)
        client.get("/jobs")
        client.close()


def test_env_without_a_server_says_so(tmp_path: Path) -> None:
    found = run("env", "--data", str(tmp_path / "none"))
    assert (found.returncode, found.stdout) == (1, "")
    assert "no server is running" in found.stderr
    with LocalServer(tmp_path / "data"):
        pass
    assert run("env", "--data", str(tmp_path / "data")).returncode == 1


def test_data_are_kept_in_the_users_state_folder_by_default(tmp_path: Path) -> None:
    found = run("env", XDG_STATE_HOME=str(tmp_path))
    assert str(tmp_path / "batchcompute") in found.stderr


def test_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        found = run("serve", "--data", str(tmp_path / "data"), "--port", port)
    assert found.returncode == 1
    assert f"port {port}" in found.stderr
    assert "in use" in found.stderr
    assert "Traceback" not in found.stderr


def test_data_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    found = run("serve", "--data", str(tmp_path / "file" / "data"), "--port", "0")
    assert found.returncode == 1
    assert found.stderr.startswith("error: the data folder ")
    assert len(found.stderr.splitlines()) == 1


def test_missing_extra_is_one_sentence(tmp_path: Path) -> None:
    script = (
        "import sys, runpy, importlib.util as util; find = util.find_spec; "
        "util.find_spec = lambda name, *a: None if name == 'starlette' else find(name, *a); "
        "sys.argv = ['x', 'serve']; runpy.run_module('batchcompute.server', run_name='__main__')"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert found.returncode == 1
    assert "pip install 'batchcompute[local]'" in found.stderr


def test_key_is_made_also_if_nobody_reads_the_output(running: Serve) -> None:
    data = running.data
    reading, writing = os.pipe()
    os.close(reading)
    command = [*COMMAND, "keys", "add", "lab", "--data", str(data)]
    found = subprocess.run(
        command, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60, check=False
    )
    os.close(writing)

    assert found.returncode == 141
    assert "Traceback" not in found.stderr
    assert "keys add" in (data / "audit.log").read_text()


def test_other_address_is_warned_of(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "serve", "--host", "0.0.0.0", "--port", "0", "--data", str(tmp_path / "d")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("listening on http://127.0.0.1:")
    process.terminate()
    _, errors = process.communicate(timeout=60)
    assert "runs commands as the user of this process" in errors


def test_agents_trust_the_address_that_they_join(serve: Callable[..., Serve]) -> None:
    server = serve("--agents", "external", "--agents-port", "127.0.0.2:0")
    port = int((server.data / "agents" / "port").read_text())
    trusted = ssl.create_default_context(cafile=str(server.data / "agents" / "ca.pem"))
    with socket.create_connection(("127.0.0.2", port), timeout=60) as connection:
        trusted.wrap_socket(connection, server_hostname="127.0.0.2").close()


def test_several_servers_at_once() -> None:
    with LocalServer(boot_seconds=0) as one, LocalServer(boot_seconds=0) as two:
        clients = [
            Wire(each.endpoint, each.access_key_id, each.access_key_secret) for each in (one, two)
        ]
        jobs = [client.job({"t": task("true", client.cluster(1))}) for client in clients]
        assert jobs[0] != jobs[1]
        for client, job in zip(clients, jobs, strict=True):
            assert client.ended(job)["State"] == "Finished"
            client.close()


def test_temporary_data_and_programs_are_gone_at_the_end() -> None:
    seconds = unique_seconds()
    with LocalServer(boot_seconds=0) as server:
        client = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
        job = client.job({"t": task(f"sleep {seconds}", client.cluster(1))})
        client.until(f"/jobs/{job}", lambda seen: seen["State"] == "Running")
        data = Path(server.objects.url.removeprefix("file://"))
        assert data.exists()
        client.close()
    assert not data.exists()
    until_processes(seconds, False)
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.endpoint


def test_importing_the_package_loads_nothing() -> None:
    script = (
        "import sys, batchcompute.server; "
        "print(sorted({name.partition('.')[0] for name in sys.modules} "
        "& {'starlette', 'uvicorn', 'pydantic', 'sqlalchemy', 'fsspec', 'asyncio', 'httpx'}))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
