"""Programs of jobs reach objects with the vendor's client and the key that they are given."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import oss2
import pytest
import requests

from batchcompute import Client
from batchcompute.resources import JobDescription, TaskDescription
from batchcompute.server import LocalServer
from tests.objects.conftest import bucket_name, oss2_bucket

_PROGRAM = """
import os, oss2
auth = oss2.ProviderAuthV4(oss2.credentials.EnvironmentVariableCredentialsProvider())
for host in (os.environ["OSS_ENDPOINT"], os.environ["BATCH_COMPUTE_OSS_HOST"]):
    bucket = oss2.Bucket(auth, host, os.environ["BUCKET"], region=os.environ["OSS_REGION"])
    content = bucket.get_object("input").read()
    bucket.put_object("output", content.upper())
    assert bucket.get_object("output").read() == b"INPUT"
"""
#: In a namespace, with what every machine has: the system's Python, and no client at all.
_BARE = """
import os, urllib.request
url = os.environ["OSS_ENDPOINT"] + "/" + os.environ["BUCKET"] + "/input"
print(urllib.request.urlopen(url).read().decode(), os.environ["BATCH_COMPUTE_OSS_HOST"])
"""


def _run(server: LocalServer, command: str, bucket: str) -> str:
    """Run one instance and return what it printed."""
    with Client(server.endpoint, server.access_key_id, server.access_key_secret) as client:
        cluster = client.create_cluster(
            {
                "Name": "one",
                "ImageId": "img-ubuntu",
                "Groups": {"g": {"DesiredVMCount": 1, "InstanceType": "bcs.a2.large"}},
            }
        )
        task = TaskDescription(ClusterId=cluster.Id)
        task.Parameters.Command.CommandLine = command
        task.Parameters.Command.EnvVars["BUCKET"] = bucket
        task.Parameters.StdoutRedirectPath = f"oss://{bucket}/logs/"
        task.Parameters.StderrRedirectPath = f"oss://{bucket}/logs/"
        job = JobDescription(Name="reads-objects", Priority=1)
        job.DAG.add_task("t", task)
        created = client.create_job(job)
        errors = client.poll(created, interval=0.05)
        instance = client.get_instance(created, "t", 0)
        shown = server.read_object(instance.StderrRedirectPath).decode()
        assert errors == [], shown
        client.delete_cluster(cluster)
        return server.read_object(instance.StdoutRedirectPath).decode()


def _quoted(program: str) -> str:
    return program.replace('"', '\\"').replace("$", "\\$")


def test_program_with_the_vendors_client_reads_and_writes() -> None:
    # The client is installed where this test runs, which programs in namespaces do not see.
    with LocalServer(boot_seconds=0, isolation="process-group") as server:
        bucket = oss2_bucket(server, "v1", bucket_name())
        bucket.create_bucket()
        bucket.put_object("input", b"input")
        _run(server, f'{sys.executable} -c "{_quoted(_PROGRAM)}"', bucket.bucket_name)
        assert bucket.get_object("output").read() == b"INPUT"


def test_program_in_its_usual_world_reaches_the_objects(server: LocalServer) -> None:
    bucket = oss2_bucket(server, "v1", bucket_name())
    bucket.create_bucket(oss2.BUCKET_ACL_PUBLIC_READ)
    bucket.put_object("input", b"input")
    printed = _run(server, f'python3 -c "{_quoted(_BARE)}"', bucket.bucket_name)
    assert printed.split() == ["input", server.objects_endpoint.removeprefix("http://")]


def test_key_of_a_program_reaches_no_jobs(server: LocalServer) -> None:
    bucket = bucket_name()
    owner = oss2_bucket(server, "v1", bucket)
    owner.create_bucket(oss2.BUCKET_ACL_PUBLIC_READ)
    printed = _run(
        server, "echo $OSS_ACCESS_KEY_ID $OSS_ACCESS_KEY_SECRET $OSS_SESSION_TOKEN", bucket
    )
    key_id, secret, token = printed.split()
    with (
        Client(server.endpoint, key_id, secret, token, retry=None) as client,
        pytest.raises(Exception, match="InvalidSecurityToken"),
    ):
        client.list_jobs()
    auth = oss2.StsAuth(key_id, secret, token, auth_version="v4")
    session = oss2.Session()
    mine = oss2.Bucket(auth, server.objects_endpoint, bucket, region="cn-hangzhou", session=session)
    # Whoever finds it later, in the output perhaps, has no use of it.
    with pytest.raises(oss2.exceptions.ServerError, match="SecurityTokenExpired"):
        mine.put_object("k", b"x")
    forged = oss2.StsAuth(key_id, secret, token[:-1] + "!", auth_version="v4")
    other = oss2.Bucket(
        forged, server.objects_endpoint, bucket, region="cn-hangzhou", session=session
    )
    with pytest.raises(oss2.exceptions.ServerError, match="InvalidAccessKeyId"):
        other.get_object("k")
    session.session.close()


def test_one_key_from_many_threads_is_always_whole(server: LocalServer) -> None:
    bucket = oss2_bucket(server, "v4", bucket_name())
    bucket.create_bucket()
    contents = {bytes([65 + number]) * 30_000 for number in range(16)}
    bucket.put_object("k", next(iter(contents)))
    wrong: list[Any] = []

    def work(content: bytes) -> None:
        try:
            for _ in range(5):
                bucket.put_object("k", content)
                if bucket.get_object("k").read() not in contents:
                    wrong.append("torn")
        except Exception as error:
            wrong.append(error)

    _together([partial(work, content) for content in contents])
    assert wrong == []


def test_of_many_who_write_a_new_key_one_succeeds(server: LocalServer) -> None:
    bucket = oss2_bucket(server, "v4", bucket_name())
    bucket.create_bucket()
    won: list[int] = []
    lost: list[str] = []

    def work(number: int) -> None:
        try:
            bucket.put_object("k", b"%d" % number, headers={"x-oss-forbid-overwrite": "true"})
        except oss2.exceptions.ServerError as error:
            lost.append(error.code)
        else:
            won.append(number)

    _together([partial(work, number) for number in range(16)])
    assert lost == ["FileAlreadyExists"] * 15
    assert [bucket.get_object("k").read()] == [b"%d" % number for number in won]


def _together(work: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=each) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=300)
        assert not thread.is_alive()


def test_expired_and_future_requests_are_refused(server: LocalServer) -> None:
    bucket = oss2_bucket(server, "v1", bucket_name())
    bucket.create_bucket()
    bucket.put_object("k", b"x")
    expired = bucket.sign_url("GET", "k", -60)
    answer = requests.get(expired, timeout=60)
    assert (answer.status_code, "expired" in answer.text) == (403, True)
    headers = {"Date": "Thu, 01 Jan 2026 00:00:00 GMT", "Authorization": "OSS x:y"}
    url = f"{server.objects_endpoint}/{bucket.bucket_name}/k"
    assert "InvalidAccessKeyId" in requests.get(url, headers=headers, timeout=60).text
