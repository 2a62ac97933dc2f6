"""Encrypted connections that fail, over real sockets: httpx wraps what is wrong as it likes."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from batchcompute import AsyncClient, Client, RetryPolicy, TransportError
from batchcompute.server import LocalServer

from .conftest import Serve, Treat

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n" + b'{"Id":"x"}'


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Issues certificates that nobody trusts of themselves."""
    return trustme.CA()


@pytest.fixture(scope="module")
def speak(authority: trustme.CA) -> Treat:
    """Speaks TLS, and answers."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)

    def treat(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as encrypted:
            encrypted.recv(65536)
            encrypted.sendall(_ANSWER)

    return treat


def _cut(connection: socket.socket) -> None:
    connection.recv(65536)


@pytest.fixture(params=["pool", "httpx", "async"])
def kind(request: pytest.FixtureRequest, through_httpx: Callable[[], None]) -> str:
    """A `Client` over its own pool, one over httpx, or an `AsyncClient`."""
    if request.param == "httpx":
        through_httpx()
    return str(request.param)


def _get(kind: str, url: str) -> str:
    # Each attempt is counted, so that a slow machine must not be a reason for another one.
    patient: Any = {"timeout": 100, "retry": RetryPolicy(base_delay=0.01, max_seconds=400)}
    if kind != "async":
        with Client(url, "id", "secret", **patient) as client:
            return client.get_job("j").Id

    async def main() -> str:
        async with AsyncClient(url, "id", "secret", **patient) as client:
            return (await client.get_job("j")).Id

    return asyncio.run(main())


def test_certificate_that_is_not_trusted_is_met_once(
    kind: str, serve: Serve, speak: Treat, connections: list[int]
) -> None:
    with pytest.raises(TransportError, match="CERTIFICATE_VERIFY_FAILED") as caught:
        _get(kind, serve(speak, "https"))
    assert caught.value.retryable is False
    assert "plain HTTP" not in str(caught.value)
    assert len(connections) == 1


def test_certificate_of_the_environment_is_trusted_on_this_machine(
    kind: str,
    serve: Serve,
    speak: Treat,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    assert _get(kind, serve(speak, "https")) == "x"


def test_handshake_that_is_cut_is_tried_again(
    kind: str, serve: Serve, connections: list[int]
) -> None:
    with pytest.raises(TransportError) as caught:
        _get(kind, serve(_cut, "https"))
    assert caught.value.retryable is True
    assert caught.value.attempts == len(connections) == 4


def test_service_that_speaks_plain_http_is_recognised(kind: str, service: LocalServer) -> None:
    with pytest.raises(TransportError, match="for a server that speaks plain HTTP") as caught:
        _get(kind, service.endpoint.replace("http:", "https:"))
    assert (caught.value.retryable, caught.value.attempts) == (False, 1)
