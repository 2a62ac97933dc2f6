"""Requests over a few connections, as fast as a server answers them, from one thread."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Sequence
from email.utils import formatdate
from urllib.parse import urlsplit
from uuid import uuid4

from batchcompute._http.signing import authorization

#: Enough for a server to be always busy.
CONNECTIONS = 8


def signed(method: str, target: str, key: tuple[str, str], body: bytes = b"") -> bytes:
    """Return a whole request, which is good for one sending."""
    headers = [
        ("Accept", "application/json"),
        ("Content-Type", "application/json"),
        ("Date", formatdate(usegmt=True)),
        ("x-acs-version", "2015-11-11"),
        ("x-acs-signature-method", "HMAC-SHA1"),
        ("x-acs-signature-version", "1.0"),
        ("x-acs-signature-nonce", str(uuid4())),
    ]
    headers.append(("Authorization", authorization(*key, method, target, headers)))
    headers += [("Host", "localhost"), ("Content-Length", str(len(body)))]
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer_of(endpoint: str, request: bytes) -> bytes:
    """Send one request; return the body of the answer."""
    with _connect(endpoint) as connection:
        connection.sendall(request)
        return _read(connection).partition(b"\r\n\r\n")[2]


def rate(
    endpoint: str, requests: Sequence[bytes], status: int, *, connections: int = CONNECTIONS
) -> float:
    """Send prepared requests over some connections at once; return how many went through a second.

    Args:
        endpoint: URL of the server.
        requests: What to send.
        status: What every answer has to say.
        connections: How many requests are under way at once.
    """
    waiting = iter(requests)
    expected = f"HTTP/1.1 {status} ".encode()
    selector = selectors.DefaultSelector()
    started = time.perf_counter()
    for request in [next(waiting) for _ in range(connections)]:
        connection = _connect(endpoint)
        selector.register(connection, selectors.EVENT_READ)
        connection.sendall(request)
    open_connections = connections
    while open_connections:
        for key, _ in selector.select():
            connection = key.fileobj  # type: ignore[assignment]
            answer = _read(connection)
            if not answer.startswith(expected):
                raise RuntimeError(answer.decode(errors="replace"))
            request = next(waiting, b"")
            if request:
                connection.sendall(request)
            else:
                selector.unregister(connection)
                connection.close()
                open_connections -= 1
    return len(requests) / (time.perf_counter() - started)


def _connect(endpoint: str) -> socket.socket:
    parts = urlsplit(endpoint)
    connection = socket.create_connection((parts.hostname or "", parts.port or 80), timeout=30)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _read(connection: socket.socket) -> bytes:
    """Read one answer, which says its length."""
    data = b""
    while True:
        more = connection.recv(1 << 16)
        if not more:
            raise RuntimeError("the server closed a connection")
        data += more
        head, found, body = data.partition(b"\r\n\r\n")
        if found:
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            if len(body) >= int(length):
                return data
