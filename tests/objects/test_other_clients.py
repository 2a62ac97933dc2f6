"""Clients that others made: opendal's and fsspec's."""

from __future__ import annotations

import subprocess
import sys

import pytest

from batchcompute.server import LocalServer
from tests.objects.conftest import bucket_name, oss2_bucket

ossfs = pytest.importorskip("ossfs", reason="ossfs cannot be installed on this Python")


@pytest.fixture
def name(server: LocalServer) -> str:
    made = bucket_name()
    oss2_bucket(server, "v1", made).create_bucket()
    return made


_OPENDAL = """
import sys, opendal

bucket, endpoint, key, secret = sys.argv[1:]
operator = opendal.Operator(
    "oss",
    bucket=bucket,
    endpoint=endpoint,
    access_key_id=key,
    access_key_secret=secret,
    addressing_style="path",
)
operator.write("folder/file one", b"content")
assert bytes(operator.read("folder/file one")) == b"content"
assert [one.path for one in operator.list("folder/")][-1] == "folder/file one"
assert operator.stat("folder/file one").content_length == 7
operator.delete("folder/file one")
try:
    operator.read("folder/file one")
except opendal.exceptions.NotFound:
    print("done")
"""


def test_opendal_reads_what_it_wrote(server: LocalServer, name: str) -> None:
    # In a process of its own: it holds the interpreter while it waits for an answer.
    key = server.access_key_id, server.access_key_secret
    done = subprocess.run(
        [sys.executable, "-c", _OPENDAL, name, server.objects_endpoint, *key],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == "done\n", done.stderr


def test_fsspec_reads_what_it_wrote(server: LocalServer, name: str) -> None:
    files = ossfs.OSSFileSystem(
        endpoint=server.objects_endpoint,
        key=server.access_key_id,
        secret=server.access_key_secret,
    )
    with files.open(f"{name}/folder/file", "wb") as writing:
        writing.write(b"content")
    assert files.cat(f"{name}/folder/file") == b"content"
    assert files.ls(f"{name}/folder", detail=False) == [f"{name}/folder/file"]
    assert files.info(f"{name}/folder/file")["size"] == 7
    with files.open(f"{name}/folder/file", "rb") as reading:
        reading.seek(3)
        assert reading.read(2) == b"te"
    files.cp(f"{name}/folder/file", f"{name}/copy")
    files.rm(f"{name}/folder", recursive=True)
    assert not files.exists(f"{name}/folder/file")
    assert files.exists(f"{name}/copy")
