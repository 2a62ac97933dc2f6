"""Stores of each kind to test: a folder, the service's own object port, and a double of S3."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from batchcompute.server import LocalServer
from batchcompute.server.objects.remote.location import Location
from batchcompute.server.objects.remote.store import RemoteStore

_numbers = itertools.count(1)
REGION = "cn-hangzhou"


@contextmanager
def s3_double() -> Iterator[str]:
    """Run moto's S3 in a thread, and yield its URL."""
    server = pytest.importorskip("moto.server", reason="moto is not installed")
    running: Any = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    try:
        yield "http://{}:{}".format(*running.get_host_and_port())
    finally:
        running.stop()


def set_keys(monkeypatch: pytest.MonkeyPatch, key_id: str, secret: str) -> None:
    """Set the access key of both kinds of stores, and nothing else of them."""
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    for name in ("OSS_ENDPOINT", "OSS_REGION", "OSS_SESSION_TOKEN", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OSS_ACCESS_KEY_ID", key_id)
    monkeypatch.setenv("OSS_ACCESS_KEY_SECRET", secret)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key_id)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)


def oss_location(server: LocalServer, bucket: str = "") -> str:
    """Return the URL of a service's objects for another service."""
    return f"oss://{bucket}?endpoint={server.objects_endpoint}&region={REGION}"


def open_remote(url: str, patience_seconds: float = 30.0) -> RemoteStore:
    """Open a remote store that gives up sooner."""
    return RemoteStore(Location.parse(url, {}), patience_seconds)


def new_bucket(store: RemoteStore) -> str:
    """Make a bucket with the store's own client, and return its name."""
    name = f"store-{next(_numbers)}"
    client: Any = store._client()
    if store.location.kind == "s3":
        client._client.create_bucket(Bucket=name)
    else:
        client._client.put_bucket(client._oss.PutBucketRequest(bucket=name))
    return name
