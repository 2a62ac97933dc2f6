"""Why a job failed, and what its instances printed, from the client."""

from __future__ import annotations

import asyncio
import io
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from batchcompute import AsyncClient, Client, ConfigError, JobFailedError
from batchcompute.resources import (
    ClusterDescription,
    GroupDescription,
    JobDescription,
    TaskDescription,
)
from batchcompute.server import LocalServer
from batchcompute.storage import open_storage

pytest.importorskip("ossfs", reason="ossfs cannot be installed on this Python")

# fsspec's client of objects closes its sockets when they are collected, and its library uses what
# Python is about to drop.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[LocalServer, str]]:
    """A service with a cluster."""
    with LocalServer(boot_seconds=0, slots=4) as server, client_of(server) as client:
        groups = {"g": GroupDescription(DesiredVMCount=2, InstanceType="bcs.a2.large")}
        made = client.create_cluster(
            ClusterDescription(Name="c", ImageId="img-ubuntu", Groups=groups)
        )
        server.write_object("oss://results/bucket", b"is there")
        yield server, made.Id


def client_of(server: LocalServer) -> Client:
    return Client(server.endpoint, server.access_key_id, server.access_key_secret)


def job_of(cluster: str, **commands: str) -> JobDescription:
    job = JobDescription(Name="results", Priority=1, JobFailOnInstanceFail=False)
    for name, command in commands.items():
        task = TaskDescription(ClusterId=cluster, InstanceCount=2)
        task.Parameters.Command.CommandLine = command
        task.Parameters.StdoutRedirectPath = "oss://results/logs/"
        task.Parameters.StderrRedirectPath = "oss://results/logs/"
        job.DAG.add_task(name, task)
    return job


_FIRST_FAILS = '[ "$BATCH_COMPUTE_DAG_INSTANCE_ID" = 1 ] || { echo broken >&2; exit 3; }'


def test_failed_job_says_which_instances_failed(place: tuple[LocalServer, str]) -> None:
    server, cluster = place
    with client_of(server) as client:
        description = job_of(cluster, good="true", bad=_FIRST_FAILS)
        description.JobFailOnInstanceFail = True
        job = client.create_job(description)
        with pytest.raises(JobFailedError) as raised:
            client.wait_job(job, raise_on_failure=True, timeout=300)
        assert raised.value.job.State == "Failed"
        (failed,) = raised.value.failures
        assert (failed.task, failed.instance, failed.exit_code) == ("bad", 0, 3)
        assert server.read_object(failed.stderr) == b"broken\n"
        assert "bad/0: " in str(raised.value)
        assert client.wait_job(job).State == "Failed"


def test_logs_are_read_whole_selected_and_line_by_line(place: tuple[LocalServer, str]) -> None:
    server, cluster = place
    storage = open_storage(server.environment())
    with client_of(server) as client:
        job = client.create_job(
            job_of(cluster, a="echo one $BATCH_COMPUTE_DAG_INSTANCE_ID; echo two", b=_FIRST_FAILS)
        )
        followed = [
            (line.task, line.instance, line.text)
            for line in client.read_logs(job, "a", follow=True, storage=storage)
        ]
        assert sorted(followed) == [
            ("a", 0, "one 0"), ("a", 0, "two"), ("a", 1, "one 1"), ("a", 1, "two"),
        ]  # fmt: skip
        client.wait_job(job, timeout=300)
        logs = client.read_logs(job, "a", storage=storage)
        assert [(log.instance, str(log)) for log in logs] == [
            (0, "one 0\ntwo\n"),
            (1, "one 1\ntwo\n"),
        ]
        (failed,) = client.read_logs(job, stream="stderr", failed_only=True, storage=storage)
        assert (failed.task, failed.instance, failed.text) == ("b", 0, "broken\n")
        (one,) = client.read_logs(job, "a", 1, storage=storage)
        assert one.text == "one 1\ntwo\n"
        with pytest.raises(ValueError, match="stream"):
            client.read_logs(job, stream="other", storage=storage)  # type: ignore[call-overload]


def test_asynchronous_client_does_the_same(
    place: tuple[LocalServer, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server, cluster = place
    # Without an argument, the storage is that of the environment.
    for name, value in server.environment().items():
        monkeypatch.setenv(name, value)

    async def main() -> list[Any]:
        async with AsyncClient(server.endpoint) as client:
            (tmp_path / "input").write_text("content")
            address = await client.upload(tmp_path / "input", "oss://results/in/")
            job = await client.create_job(job_of(cluster, a="echo hello"))
            ended = await client.wait_job(job, timeout=300, raise_on_failure=True)
            lines = [line.text async for line in await client.read_logs(job, follow=True)]
            copied = await client.download(address, tmp_path / "copy")
            return [address, ended.State, lines, copied.read_text()]

    assert asyncio.run(main()) == [
        "oss://results/in/input", "Finished", ["hello", "hello"], "content",
    ]  # fmt: skip


def test_uploaded_package_runs(place: tuple[LocalServer, str], tmp_path: Path) -> None:
    server, cluster = place
    storage = open_storage(server.environment())
    folder = tmp_path / "package"
    (folder / "lib").mkdir(parents=True)
    (folder / "run.sh").write_text("cat lib/word\n")
    (folder / "lib" / "word").write_text("packed\n")
    with client_of(server) as client:
        address = client.upload_package(folder, "oss://results/package.tar.gz", storage=storage)
        first = server.read_object(address)
        client.upload_package(folder, address, storage=storage)
        assert server.read_object(address) == first
        with tarfile.open(fileobj=io.BytesIO(first)) as archive:
            assert archive.getnames() == ["lib", "lib/word", "run.sh"]
        description = job_of(cluster, t="sh run.sh")
        description.DAG.Tasks["t"].Parameters.Command.PackagePath = address
        job = client.create_job(description)
        client.wait_job(job, timeout=300, raise_on_failure=True)
        logs = client.read_logs(job, storage=storage)
        assert [log.text for log in logs] == ["packed\n", "packed\n"]


def test_without_an_object_store_the_error_says_what_to_set(
    place: tuple[LocalServer, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    server, _ = place
    monkeypatch.delenv("OSS_ENDPOINT", raising=False)
    with client_of(server) as client, pytest.raises(ConfigError, match=r"OSS_ENDPOINT.*storage="):
        client.upload("/etc/hostname", "oss://b/k")


def test_service_of_a_test_takes_and_lists_objects(tmp_path: Path) -> None:
    with LocalServer(boot_seconds=0) as server:
        (tmp_path / "f").write_bytes(b"file")
        server.write_object("oss://b/k", "text")
        server.write_file("oss://b/f", tmp_path / "f")
        assert server.list_objects("oss://b/") == ["oss://b/f", "oss://b/k"]
        assert server.read_object("oss://b/f") == b"file"


def test_lines_are_followed_while_the_program_runs(place: tuple[LocalServer, str]) -> None:
    server, cluster = place
    storage = open_storage(server.environment())
    with client_of(server) as client:
        job = client.create_job(job_of(cluster, a="sleep 600"))
        lines = client.read_logs(job, "a", 1, follow=True, storage=storage)
        address = client.get_instance(job, "a", 1).StdoutRedirectPath
        # As a service publishes it: what there is so far, and more of it later.
        server.write_object(address, b"one\ntw")
        assert next(lines).text == "one"
        server.write_object(address, b"one\ntwo\nthr")
        assert next(lines).text == "two"
        assert client.get_instance(job, "a", 1).State == "Running"
        client.stop_job(job)
        # The end of what was printed, also without the end of its line.
        assert [line.text for line in lines] == ["thr"]


def test_attempts_of_what_is_tried_again_are_followed_one_by_one(
    place: tuple[LocalServer, str],
) -> None:
    server, cluster = place
    storage = open_storage(server.environment())
    with client_of(server) as client:
        description = job_of(cluster, a="echo tried; exit 1")
        description.DAG.Tasks["a"].MaxRetryCount = 1
        description.DAG.Tasks["a"].InstanceCount = 1
        job = client.create_job(description)
        found = [line.text for line in client.read_logs(job, follow=True, storage=storage)]
        # An attempt that was over before the next look is not to be had any more.
        assert found in (["tried"], ["tried", "tried"])
