"""Jobs of a service whose objects are in another store."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import io
import os
import random
import signal
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.model.errors import StartError
from batchcompute.server.objects.cache.counts import FOLDER_NAME, CountsFile
from batchcompute.server.objects.cache.entries import PART
from batchcompute.server.objects.remote.store import RemoteStore
from batchcompute.server.process.remote_objects import RemoteObjects
from tests.emulator.serving import Serve, run
from tests.emulator.wire import task
from tests.slow.lives import eventually
from tests.stores.doubles import new_bucket, oss_location, proxy_to

pytestmark = pytest.mark.slow

_PROGRAM = """\
set -e
cd /tmp
tr a-z A-Z <in/one.txt >out/upper.txt
cat in/deep/two.txt single >out/deep.txt
"$OLDPWD/tool.sh" >log.txt
env | grep -E '^(OSS|AWS|BATCH_COMPUTE_OSS)_'
"""


def _package() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as tar:
        for name, text in (("run.sh", _PROGRAM), ("tool.sh", "#!/bin/sh\\necho tool\\n")):
            data = text.replace("\\n", "\n").encode()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(data), 0o755
            tar.addfile(member, io.BytesIO(data))
    return stream.getvalue()


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, Serve]]:
    """One service for each kind of store."""
    found: dict[str, Serve] = {}
    yield found
    for each in found.values():
        each.end()


@pytest.fixture
def serve(
    tmp_path_factory: pytest.TempPathFactory, remote: RemoteStore, running: dict[str, Serve]
) -> Serve:
    kind = remote.location.kind
    if kind not in running:
        folder = tmp_path_factory.mktemp(kind)
        (folder / "key").write_text("programId:programSecret")
        url = f"{remote.url}&program-credentials={folder}/key"
        running[kind] = Serve(folder / "data", "--objects", url)
    return running[kind]


def test_job_reads_and_writes_there(serve: Serve, remote: RemoteStore, server: LocalServer) -> None:
    name = new_bucket(remote)
    at = f"oss://{name}"
    remote.put_bytes(_package(), f"{at}/package.tar.gz")
    for key in ("in/one.txt", "in/deep/two.txt", "single"):
        remote.put_bytes(key.encode(), f"{at}/{key}")
    described = task("sh run.sh", serve.wire.cluster(1))
    described["Parameters"]["Command"]["PackagePath"] = f"{at}/package.tar.gz"
    described["Parameters"] |= {
        "StdoutRedirectPath": f"{at}/logs/",
        "StderrRedirectPath": f"{at}/logs/",
    }
    described["InputMapping"] = {f"{at}/in/": "/tmp/in/", f"{at}/single": "/tmp/single"}
    described["OutputMapping"] = {"/tmp/out/": f"{at}/out/"}
    described["LogMapping"] = {"/tmp/log.txt": f"{at}/notes/"}
    job = serve.wire.job({"t": described})
    assert serve.wire.ended(job)["State"] == "Finished", serve.wire.instances(job, "t")
    assert remote.read_range(f"{at}/out/upper.txt") == b"IN/ONE.TXT"
    assert remote.read_range(f"{at}/out/deep.txt") == b"in/deep/two.txtsingle"
    assert remote.read_range(f"{at}/notes/log.txt.{job}.t.0") == b"tool\n"
    printed = remote.read_range(f"{at}/logs/stdout.{job}.t.0").decode()
    told = dict(line.split("=", 1) for line in printed.splitlines())
    assert told.pop("BATCH_COMPUTE_OSS_HOST") == urlsplit(remote.location.endpoint).netloc
    names = {"oss": ("OSS_ENDPOINT", "OSS_ACCESS_KEY_SECRET")}
    endpoint, secret = names.get(
        remote.location.kind, ("AWS_ENDPOINT_URL_S3", "AWS_SECRET_ACCESS_KEY")
    )
    assert told[endpoint] == remote.location.endpoint
    # The service's own key is not among them.
    assert told[secret] == "programSecret"
    log = serve.log() + (serve.data / "executor" / "agent.log").read_text(encoding="utf-8")
    assert f"objects are those of {remote.url}" in log
    assert "objects are served" not in log
    for hidden in ("programSecret", server.access_key_secret):
        assert hidden not in log


def test_each_attempt_gets_the_key_that_is_in_the_file_by_then(
    remote: RemoteStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "key"
    file.write_text("one:secret")
    objects = RemoteObjects(f"{remote.url}&program-credentials={file}")
    assert objects.access_for("job-1.t.0.1", 1).key_id == "one"
    file.write_text('{"Credentials": {"AccessKeyId": "two", "SecretAccessKey": "s"}}')
    assert objects.access_for("job-1.t.0.2", 1).key_id == "two"
    # It opens what all accounts have.
    assert objects.access_for("job-2.t.0.1", 2).key_id == ""
    file.unlink()
    for number in range(3):
        assert objects.access_for(f"job-1.t.1.{number}", 1).key_id == ""
    assert caplog.text.count("gets no key of the object store") == 1
    file.write_text("three:secret")
    assert objects.access_for("job-1.t.2.1", 1).key_id == "three"
    assert "secret" not in caplog.text


def test_missing_object_and_bucket_are_named(serve: Serve, remote: RemoteStore) -> None:
    name = new_bucket(remote)
    cluster = serve.wire.cluster(1)
    absent = task("true", cluster)
    absent["InputMapping"] = {f"oss://{name}/none": "/tmp/none"}
    nowhere = task("true", cluster)
    nowhere["Parameters"]["Command"]["PackagePath"] = "oss://no-such-bucket/p.tar.gz"
    for each in (absent, nowhere):
        each["Parameters"]["StdoutRedirectPath"] = f"oss://{name}/logs/"
        each["Parameters"]["StderrRedirectPath"] = f"oss://{name}/logs/"

    def message(described: dict[str, Any]) -> str:
        job = serve.wire.job({"t": described})
        assert serve.wire.ended(job)["State"] == "Failed"
        told: str = serve.wire.instances(job, "t")[0]["Result"]["ErrorMessage"]
        return told

    assert f"(oss://{name}/none): there is no such object" in message(absent)
    host = remote.location.host
    assert f"there is no bucket 'no-such-bucket' at {host}" in message(nowhere)


def test_environment_of_callers_names_the_store(serve: Serve, remote: RemoteStore) -> None:
    shown = run("env", "--data", str(serve.data)).stdout
    names = {"oss": "OSS", "s3": "AWS"}
    endpoint = {"oss": "OSS_ENDPOINT", "s3": "AWS_ENDPOINT_URL_S3"}[remote.location.kind]
    assert f"export {endpoint}={remote.location.endpoint}\n" in shown
    # The key is the caller's own.
    assert f"{names[remote.location.kind]}_ACCESS_KEY_ID" not in shown


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--objects", "s3://ID:PASSWORD@b"), "must hold no access key"),
        (("--objects", "ftp://host"), "is no remote object store"),
        (("--objects", "oss://?region=r", "--objects-port", "1"), "leave one of the two out"),
    ],
)
def test_start_is_refused_in_words(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    done = run("serve", "--data", str(tmp_path / "data"), "--port", "0", *options)
    assert done.returncode == 1
    assert words in done.stderr
    assert "PASSWORD" not in done.stderr


def test_key_that_the_store_does_not_know_ends_the_start(
    tmp_path: Path, server: LocalServer
) -> None:
    pytest.importorskip("alibabacloud_oss_v2", reason="the client of OSS is not installed")
    url = oss_location(server)
    done = run(
        "serve",
        *("--data", str(tmp_path / "data"), "--port", "0", "--objects", url),
        OSS_ACCESS_KEY_ID="unknownId",
        OSS_ACCESS_KEY_SECRET="someSecret",
    )
    assert done.returncode == 1
    assert "refuses the access key (InvalidAccessKeyId" in done.stderr
    assert "someSecret" not in done.stderr


def test_stop_breaks_off_a_download(tmp_path: Path, remote: RemoteStore) -> None:
    name = new_bucket(remote)
    remote.put_bytes(bytes(3_000_000), f"oss://{name}/large")
    stalled = threading.Event()
    with proxy_to(remote.location.endpoint, [1_000_000] * 100, stalled) as endpoint:
        location = dataclasses.replace(remote.location, endpoint=endpoint)
        serve = Serve(tmp_path / "data", "--objects", location.url)
        try:
            described = task("true", serve.wire.cluster(1))
            described["InputMapping"] = {f"oss://{name}/large": "/tmp/large"}
            described["Parameters"]["StdoutRedirectPath"] = f"oss://{name}/logs/"
            described["Parameters"]["StderrRedirectPath"] = f"oss://{name}/logs/"
            job = serve.wire.job({"t": described})
            assert stalled.wait(60)
            assert serve.wire.send("POST", f"/jobs/{job}/stop").is_success
            # Long before the store would be given up.
            assert serve.wire.ended(job, seconds=45)["State"] == "Stopped"
        finally:
            serve.end()


def test_service_inside_a_program(remote: RemoteStore) -> None:
    name = new_bucket(remote)
    with LocalServer(objects=remote.url, boot_seconds=0, slots=1) as inside:
        inside.write_object(f"oss://{name}/k", "text")
        assert remote.read_range(f"oss://{name}/k") == b"text"
        assert inside.read_object(f"oss://{name}/k") == b"text"
        assert inside.list_objects(f"oss://{name}/") == [f"oss://{name}/k"]
        assert inside.objects_endpoint == remote.location.endpoint
    with pytest.raises(StartError, match="leave one of the two out"):
        LocalServer(objects=remote.url, objects_port=1).start()


def test_agents_of_one_machine_fetch_an_input_once(tmp_path: Path, remote: RemoteStore) -> None:
    name = new_bucket(remote)
    at = f"oss://{name}"
    for key in ("one", "deep/two"):
        remote.put_bytes(b"before", f"{at}/in/{key}")
    # At the end its VMs are given back, so that no agent goes on.
    options = ("--objects", remote.url, "--agents", "local", "--stop-instances")
    serve = Serve(tmp_path / "data", *options)
    try:
        cluster = serve.wire.cluster(2)

        def printed() -> set[bytes]:
            program = "cat /tmp/in/one /tmp/in/deep/two; echo harm >>/tmp/in/one || true"
            described = task(program, cluster, InstanceCount=4)
            described["InputMapping"] = {f"{at}/in/": "/tmp/in/"}
            for stream in ("Stdout", "Stderr"):
                described["Parameters"][f"{stream}RedirectPath"] = f"{at}/logs/"
            job = serve.wire.job({"t": described})
            assert serve.wire.ended(job)["State"] == "Finished", serve.wire.instances(job, "t")
            texts = (f"{at}/logs/stdout.{job}.t.{number}" for number in range(4))
            return {remote.read_range(text) for text in texts}

        counts = CountsFile(serve.data / FOLDER_NAME)
        assert printed() == {b"beforebefore"}
        found = counts.read()
        assert (found.misses, found.hits) == (2, 6)
        remote.put_bytes(b"after", f"{at}/in/one")
        assert printed() == {b"afterbefore"}
        found = counts.read()
        assert (found.misses, found.hits, found.held) == (3, 13, 17)
    finally:
        serve.end()


def test_fetch_that_is_killed_leaves_nothing_that_is_served(
    tmp_path: Path, remote: RemoteStore
) -> None:
    name = new_bucket(remote)
    at = f"oss://{name}"
    content = random.Random(1).randbytes(4 << 20)
    remote.put_bytes(content, f"{at}/input")
    stalled, killed = threading.Event(), threading.Event()

    def limits() -> Iterator[int]:
        """Let each connection come to a part of the input, as long as nobody was killed."""
        while not killed.is_set():
            yield 3 << 20

    endpoint = remote.location.endpoint
    with proxy_to(endpoint, limits(), stalled) as proxy:
        serve = Serve(tmp_path / "data", "--objects", remote.url.replace(endpoint, proxy))
        try:
            described = task("md5sum </tmp/input", serve.wire.cluster(1))
            described["InputMapping"] = {f"{at}/input": "/tmp/input"}
            for stream in ("Stdout", "Stderr"):
                described["Parameters"][f"{stream}RedirectPath"] = f"{at}/logs/"
            job = serve.wire.job({"t": described})
            assert stalled.wait(120)
            killed.set()

            def parts() -> list[Path]:
                return list((serve.data / FOLDER_NAME).rglob(f"*{PART}"))

            # What has come is written in steps.
            eventually(parts)
            [part] = parts()
            eventually(lambda: 0 < part.stat().st_size < len(content))
            os.kill(_holder_of(part), signal.SIGKILL)
            assert serve.wire.ended(job)["State"] == "Finished", serve.wire.instances(job, "t")
            printed = remote.read_range(f"{at}/logs/stdout.{job}.t.0").decode()
            assert printed.split()[0] == hashlib.md5(content).hexdigest()
            eventually(lambda: not parts())
            assert CountsFile(serve.data / FOLDER_NAME).read().held == len(content)
        finally:
            serve.end()


def _holder_of(path: Path) -> int:
    """Return the process that has a file open."""
    for found in Path("/proc").glob("[0-9]*/fd/*"):
        with contextlib.suppress(OSError):
            if found.samefile(path):
                return int(found.parts[2])
    raise AssertionError(f"nobody has {path} open")
