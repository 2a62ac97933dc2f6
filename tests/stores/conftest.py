from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.objects import ObjectStore, open_store
from batchcompute.server.objects.remote.store import RemoteStore
from tests.stores.doubles import new_bucket, open_remote, oss_location, s3_double, set_keys
from tests.vendor_clients import UNTIDY

#: Which package the stores of a kind need. The vendor's of OSS is not there for every Python.
_CLIENTS = {"oss": "alibabacloud_oss_v2", "s3": "botocore"}
_numbers = itertools.count(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            for mark in UNTIDY:
                item.add_marker(mark)


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    """The service whose objects are the double of OSS."""
    with LocalServer(boot_seconds=0, slots=1) as running:
        yield running


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """The URL of a double of S3."""
    with s3_double() as endpoint:
        yield endpoint


@pytest.fixture(autouse=True)
def _keys(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> None:
    set_keys(monkeypatch, server.access_key_id, server.access_key_secret)


_opened: dict[str, RemoteStore] = {}


@pytest.fixture(params=["oss", "s3"])
def remote(request: pytest.FixtureRequest, server: LocalServer, _keys: None) -> RemoteStore:
    """A remote store whose buckets are its own."""
    return _remote(request, server)


def _remote(request: pytest.FixtureRequest, server: LocalServer) -> RemoteStore:
    kind = request.param
    if find_spec(_CLIENTS[kind]) is None:
        pytest.skip(f"{_CLIENTS[kind]} is not installed")
    if kind not in _opened:
        s3 = request.getfixturevalue("s3") if kind == "s3" else ""
        _opened[kind] = open_remote(
            oss_location(server) if kind == "oss" else f"s3://?endpoint={s3}"
        )
    return _opened[kind]


@pytest.fixture(params=["folder", "oss", "s3"])
def store(
    request: pytest.FixtureRequest, server: LocalServer, tmp_path: Path, _keys: None
) -> ObjectStore:
    """A store with any buckets; the remote ones are one bucket and a prefix of a store."""
    if request.param == "folder":
        return open_store(tmp_path / "objects")
    base = _remote(request, server)
    name = f"all-{request.param}"
    if name not in _buckets:
        _buckets[name] = new_bucket(base)
    location = dataclasses.replace(
        base.location, bucket=_buckets[name], prefix=f"some/where/{next(_numbers)}/"
    )
    # To make a client takes longer than the test.
    return RemoteStore(location, 30.0, base._wire)


_buckets: dict[str, str] = {}
