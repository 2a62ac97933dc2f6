"""Encrypted connections that fail, over real sockets: httpx wraps what is wrong as it likes."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from batchcompute import AsyncClient, Client, RetryPolicy, TransportError
from batchcompute.server import LocalServer

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\nConnection: close\r\n\r\n" + b'{"Id":"x"}'
Treat = Callable[[socket.socket], None]
Serve = Callable[[Treat], str]


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


@pytest.fixture
def connections() -> list[int]:
    """Grows by one per connection."""
    return []


@pytest.fixture
def serve(connections: list[int]) -> Iterator[Serve]:
    """Return a function that starts a server, which treats each connection as it is told."""
    listening = socket.create_server(("127.0.0.1", 0))
    # A thread that waits for connections does not notice when its socket is closed.
    listening.settimeout(0.05)
    over = threading.Event()
    threads: list[threading.Thread] = []

    def start(treat: Treat) -> str:
        def work() -> None:
            while not over.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                connections.append(1)
                with connection:
                    connection.settimeout(60)
                    try:
                        treat(connection)
                    except OSError:
                        continue  # the other side has hung up, which is what some want to see

        threads.append(threading.Thread(target=work))
        threads[0].start()
        return f"https://127.0.0.1:{listening.getsockname()[1]}"

    yield start
    over.set()
    for thread in threads:
        thread.join()
    listening.close()


def _cut(connection: socket.socket) -> None:
    connection.recv(65536)


def _get(kind: str, url: str) -> str:
    # Each attempt is counted, so that a slow machine must not be a reason for another one.
    patient: Any = {"timeout": 100, "retry": RetryPolicy(base_delay=0.01, max_seconds=400)}
    if kind == "sync":
        with Client(url, "id", "secret", **patient) as client:
            return client.get_job("j").Id

    async def main() -> str:
        async with AsyncClient(url, "id", "secret", **patient) as client:
            return (await client.get_job("j")).Id

    return asyncio.run(main())


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_certificate_that_is_not_trusted_is_met_once(
    kind: str, serve: Serve, speak: Treat, connections: list[int]
) -> None:
    with pytest.raises(TransportError, match="CERTIFICATE_VERIFY_FAILED") as caught:
        _get(kind, serve(speak))
    assert caught.value.passing is False
    assert "plain HTTP" not in str(caught.value)
    assert len(connections) == 1


@pytest.mark.parametrize("kind", ["sync", "async"])
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
    assert _get(kind, serve(speak)) == "x"


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_handshake_that_is_cut_is_tried_again(
    kind: str, serve: Serve, connections: list[int]
) -> None:
    with pytest.raises(TransportError) as caught:
        _get(kind, serve(_cut))
    assert caught.value.passing is True
    assert caught.value.attempts == len(connections) == 4


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_service_that_speaks_plain_http_is_recognised(kind: str, service: LocalServer) -> None:
    with pytest.raises(TransportError, match="for a server that speaks plain HTTP") as caught:
        _get(kind, service.endpoint.replace("http:", "https:"))
    assert (caught.value.passing, caught.value.attempts) == (False, 1)
