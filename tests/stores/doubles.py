"""Stores of each kind to test: a folder, the service's own object port, and a double of S3."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

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


@contextmanager
def proxy_to(
    endpoint: str, limits: Iterable[int] = (), stalled: threading.Event | None = None
) -> Iterator[str]:
    """Forward connections.

    Args:
        endpoint: Where to.
        limits: Each of the first connections is cut after so many bytes of its answers.
        stalled: Set when that many bytes have come, and then the connection stays open and silent
            instead of being cut.
    """
    parts = urlsplit(endpoint)
    target = (parts.hostname or "", parts.port or 80)
    left = iter(limits)

    def pump(source: socket.socket, sink: socket.socket, limit: int | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if limit is not None:
                    limit -= len(data)
                    if limit < 0:
                        if stalled is None:
                            break
                        stalled.set()
                        is_over.wait()
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    opened: list[socket.socket] = []
    is_over = threading.Event()

    def accept(listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection(target)
                opened.extend((near, far))
                limit = next(left, None)
                threading.Thread(target=pump, args=(near, far, None), daemon=True).start()
                threading.Thread(target=pump, args=(far, near, limit), daemon=True).start()

    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=accept, args=(listener,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        is_over.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for each in opened:
            each.close()
