from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from batchcompute.server import LocalServer
from tests.vendor_clients import UNTIDY

if find_spec("oss2") is not None:
    import alibabacloud_oss_v2 as oss_v2
    import oss2
else:
    # Of Python 3.14 on, the vendor's client cannot be installed.
    collect_ignore = ["test_oss2.py", "test_oss_v2.py", "test_other_clients.py", "test_programs.py"]


def pytest_report_header() -> str:
    """Say which clients the tests of objects have."""
    return (
        "objects: with oss2"
        if find_spec("oss2")
        else "objects: without oss2, its tests are left out"
    )


_numbers = itertools.count(1)
REGION = "cn-hangzhou"


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    """One service for all tests that do not end it."""
    with LocalServer(boot_seconds=0, slots=4) as running:
        yield running


def bucket_name() -> str:
    return f"bucket-{next(_numbers)}"


_sessions: list[Any] = []


@pytest.fixture(autouse=True)
def _closed_connections() -> Iterator[None]:
    """Close what the vendor's clients leave to the garbage collector."""
    # What was there before a test is not looked through after it: that takes longer than the test.
    gc.freeze()
    try:
        yield
        while _sessions:
            _sessions.pop().session.close()
        gc.collect()
    finally:
        gc.unfreeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            for mark in UNTIDY:
                item.add_marker(mark)


def oss2_bucket(server: LocalServer, version: str, name: str, **auth: str) -> Any:
    key = auth.get("key_id", server.access_key_id), auth.get("secret", server.access_key_secret)
    return oss2.Bucket(oss2.make_auth(*key, version), server.objects_endpoint, name, region=REGION)


def client_v2(server: LocalServer, version: str, **options: Any) -> Any:
    config = oss_v2.config.load_default()
    config.credentials_provider = oss_v2.credentials.StaticCredentialsProvider(
        server.access_key_id, server.access_key_secret
    )
    config.region = REGION
    config.endpoint = server.objects_endpoint
    config.signature_version = version
    for name, value in options.items():
        setattr(config, name, value)
    return oss_v2.Client(config)


@pytest.fixture(params=["v1", "v2", "v4"])
def bucket(server: LocalServer, request: pytest.FixtureRequest) -> Any:
    """A new bucket through `oss2`, with each of its signatures."""
    made = oss2_bucket(server, request.param, bucket_name())
    made.create_bucket()
    return made


@pytest.fixture(params=["v1", "v4"])
def client(server: LocalServer, request: pytest.FixtureRequest) -> Any:
    """A client of `alibabacloud-oss-v2`, with each of its signatures."""
    return client_v2(server, request.param)


@pytest.fixture
def name(client: Any) -> str:
    """A new bucket for it."""
    made = bucket_name()
    client.put_bucket(oss_v2.PutBucketRequest(bucket=made))
    return made
