"""`Client` sends over a pool of its own, or through httpx: whichever it is, programs see the same.

Servers here are scripts at a raw socket. Each is met both ways, and what comes of it is compared.
"""

from __future__ import annotations

import gzip
import re
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from batchcompute import (
    Client,
    ClientError,
    JsonError,
    RequestTimeoutError,
    Timeout,
    TransportError,
)
from batchcompute._http import environment, httpx_clients, pool
from batchcompute.resources import AppJobDescription

from .conftest import Serve, Treat

_KEY = ("key-id", "s3cret-key")
_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n" + b'{"Id":"x"}'
_CLOSE = b"HTTP/1.1 200 OK\r\nconnection: close\r\n"
_ZIPPED = gzip.compress(b'{"Id":"x"}')


def _request(connection: socket.socket) -> bytes:
    """Receive one request, with its body if it has one."""
    received = b""
    while b"\r\n\r\n" not in received:
        if not (part := connection.recv(65536)):
            raise OSError("no request any more")
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    (length,) = re.findall(rb"content-length: (\d+)", head)
    while len(body) < int(length):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def _answering(*parts: bytes) -> Treat:
    def treat(connection: socket.socket) -> None:
        _request(connection)
        for part in parts:
            connection.sendall(part)

    return treat


def _silent(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.recv(65536)  # until the client hangs up


def _trickling(connection: socket.socket) -> None:
    _request(connection)
    connection.sendall(_CLOSE + b"\r\n")
    while True:
        connection.sendall(b" ")
        threading.Event().wait(0.01)


def _never_reading(connection: socket.socket) -> None:
    over.wait(100)


over = threading.Event()

_RESPONSES: dict[str, Treat] = {
    "counted": _answering(_OK),
    "byte by byte": _answering(*(_OK[n : n + 1] for n in range(len(_OK)))),
    "chunked": _answering(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        b'4\r\n{"Id\r\n6;x=y\r\n":"x"}\r\n0\r\ntrailer: t\r\n\r\n',
    ),
    "until the end": _answering(_CLOSE + b"\r\n", b'{"Id":"x"}'),
    "old protocol": _answering(b'HTTP/1.0 200 OK\r\nserver: old\r\n\r\n{"Id":"x"}'),
    "early hints": _answering(b"HTTP/1.1 103 Early\r\nlink: </a>\r\n\r\n" + _OK),
    "continue": _answering(b"HTTP/1.1 100 Continue\r\n\r\n", _OK),
    "many headers": _answering(
        b"HTTP/1.1 200 OK\r\nA: 1\r\na: 2\r\nX-Acs-Request-Id: R\r\nServer:\r\nName: \xc3\xbc\r\n"
        b"Other: \xfc\r\ncontent-length: 10\r\n\r\n" + b'{"Id":"x"}'
    ),
    "compressed": _answering(
        _CLOSE + b"content-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(_ZIPPED) + _ZIPPED
    ),
    "nothing": _answering(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "redirect": _answering(
        b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    ),
    "refusal": _answering(
        b'HTTP/1.1 404 No\r\ncontent-length: 35\r\n\r\n{"Code":"InvalidResource.NotFound"}'
    ),
    "failure": _answering(b"HTTP/1.1 502 Bad Gateway\r\nconnection: close\r\n\r\n<html>"),
    "no JSON": _answering(_CLOSE + b"\r\n<html>"),
}
_FAILURES: dict[str, Treat] = {
    "hang up": _answering(),
    "half a head": _answering(_OK[:30]),
    "half a body": _answering(_OK[:-2]),
    "half a chunk": _answering(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b'a\r\n{"Id'
    ),
    "no chunk": _answering(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n"),
    "no HTTP": _answering(b"SSH-2.0-OpenSSH\r\n\r\n"),
    "header that is none": _answering(b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
    "two lengths": _answering(
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\ncontent-length: 11\r\n\r\n" + b'{"Id":"x"}'
    ),
    "endless head": _answering(b"HTTP/1.1 200 OK\r\n", b"x: " + b"y" * 2_000_000),
    "broken compression": _answering(_CLOSE + b"content-encoding: gzip\r\n\r\n" + b"no gzip"),
    "silence": _silent,
}


def _both(
    do: Callable[[Client], object], url: str, through_httpx: Callable[[], None], **options: Any
) -> tuple[Any, Any]:
    """Return what comes of it over the own pool, and through httpx."""
    outcomes: list[Any] = []
    for way in ("pool", "httpx"):
        if way == "httpx":
            through_httpx()
        with Client(url, *_KEY, retry=None, **options) as client:
            try:
                result: Any = do(client)
            except (ClientError, TransportError, JsonError) as error:
                fields = {name: getattr(error, name, None) for name in ("status", "headers")}
                retryable = getattr(error, "retryable", None)
                result = type(error), str(error), retryable, error.operation, fields
        outcomes.append(result)
    return outcomes[0], outcomes[1]


def _raw(client: Client) -> Any:
    answer = client.with_raw_response.get_job("j")
    return answer.status, dict(answer.headers), answer.body


def _read(client: Client) -> Any:
    job = client.get_job("j")
    return job.Id, job.StatusCode, job.RequestId


def _job(size: int) -> AppJobDescription:
    """Return an app job of so many bytes."""
    app = {"AppName": "a", "Inputs": {"x": "y" * size}}
    return AppJobDescription({"Name": "n", "Type": "App", "App": app})


@pytest.mark.parametrize("name", _RESPONSES)
@pytest.mark.parametrize("do", [_raw, _read])
def test_response_is_the_same_both_ways(
    name: str,
    do: Callable[[Client], object],
    serve: Serve,
    through_httpx: Callable[[], None],
) -> None:
    pooled, other = _both(do, serve(_RESPONSES[name]), through_httpx)

    assert pooled == other
    assert name in ("redirect", "refusal", "failure", "no JSON", "nothing") or "x" in str(pooled)


@pytest.mark.parametrize("name", _FAILURES)
def test_failure_is_the_same_both_ways(
    name: str, serve: Serve, through_httpx: Callable[[], None]
) -> None:
    timeout = 0.2 if name == "silence" else 100
    pooled, other = _both(_raw, serve(_FAILURES[name]), through_httpx, timeout=timeout)

    assert pooled == other
    kind, text, retryable, operation, _ = pooled
    assert kind is (RequestTimeoutError if name == "silence" else TransportError)
    assert (retryable, operation) == (True, "get_job")
    assert "get_job: http://127.0.0.1" in text


def test_server_that_is_not_there_is_the_same_both_ways(through_httpx: Callable[[], None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    pooled, other = _both(_raw, f"http://127.0.0.1:{port}", through_httpx)

    assert pooled == other
    assert "Connection refused" in pooled[1]


def test_handshake_that_takes_too_long_is_the_same_both_ways(
    serve: Serve, through_httpx: Callable[[], None]
) -> None:
    url = serve(_silent, "https")
    pooled, other = _both(_raw, url, through_httpx, timeout=Timeout(connect=0.2, read=100))

    assert pooled == other
    assert "did not respond in time (ConnectTimeout)" in pooled[1]


def test_server_that_takes_no_body_is_the_same_both_ways(
    serve: Serve, through_httpx: Callable[[], None]
) -> None:
    job = _job(30_000_000)
    over.clear()
    try:
        pooled, other = _both(
            lambda client: client.create_job(job), serve(_never_reading), through_httpx, timeout=0.2
        )
    finally:
        over.set()

    assert pooled == other
    assert "did not respond in time (WriteTimeout)" in pooled[1]


def test_refusal_before_the_whole_body_was_sent_is_read_both_ways(
    serve: Serve, through_httpx: Callable[[], None]
) -> None:
    def treat(connection: socket.socket) -> None:
        received = 0
        while received < 1000:
            received += len(connection.recv(1000))
        connection.sendall(b"HTTP/1.1 413 Too Large\r\nconnection: close\r\n\r\n{}")
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass

    job = _job(2_000_000)
    url = serve(treat)
    pooled, other = _both(lambda client: client.create_job(job), url, through_httpx)

    assert pooled == other
    assert pooled[-1]["status"] == 413


def test_total_time_ends_a_body_that_trickles_both_ways(
    serve: Serve, through_httpx: Callable[[], None]
) -> None:
    timeout = Timeout(read=100, total=0.3)
    pooled, other = _both(_raw, serve(_trickling), through_httpx, timeout=timeout)

    assert pooled == other
    assert "within 0.3 seconds" in pooled[1]


@pytest.fixture(params=["pool", "httpx"])
def way(request: pytest.FixtureRequest, through_httpx: Callable[[], None]) -> str:
    if request.param == "httpx":
        through_httpx()
    return str(request.param)


def _again_and_again(response: bytes, requests: list[bytes]) -> Treat:
    def treat(connection: socket.socket) -> None:
        while True:
            requests.append(_request(connection))
            connection.sendall(response)

    return treat


def test_connection_is_kept_for_the_next_request(
    way: str, serve: Serve, connections: list[int]
) -> None:
    requests: list[bytes] = []
    with Client(serve(_again_and_again(_OK, requests)), *_KEY) as client:
        for _ in range(3):
            assert client.get_job("j").Id == "x"
        created = client.create_image({"Platform": "Linux", "EcsImageId": "m-1"})

    assert created.Id == "x"
    assert len(connections) == 1
    assert len(requests) == 4
    assert requests[0].startswith(b"GET /jobs/j HTTP/1.1\r\nhost: 127.0.0.1:")
    assert requests[3].endswith(b'\r\n\r\n{"EcsImageId":"m-1","Platform":"Linux"}')


@pytest.mark.parametrize(
    "response", [_OK, _OK.replace(b"\r\n\r\n", b"\r\nconnection: close\r\n\r\n")]
)
def test_connection_that_the_server_has_closed_is_not_used_again(
    way: str, response: bytes, serve: Serve, connections: list[int]
) -> None:
    closed = threading.Semaphore(0)

    def treat(connection: socket.socket) -> None:
        _request(connection)
        connection.sendall(response)
        connection.shutdown(socket.SHUT_WR)
        closed.release()

    with Client(serve(treat), *_KEY, retry=None) as client:
        for number in range(1, 4):
            # Not idempotent, so that nothing is tried a second time.
            assert client.stop_job("j").StatusCode == 200
            assert closed.acquire(timeout=100)
            assert len(connections) == number


def test_connection_that_was_idle_for_long_is_not_used_again(
    serve: Serve, connections: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "_LIFETIME", -1.0)

    with Client(serve(_again_and_again(_OK, [])), *_KEY) as client:
        assert [client.get_job("j").Id for _ in range(3)] == ["x"] * 3
    assert len(connections) == 3


def test_request_waits_for_a_free_connection_as_long_as_it_may(
    way: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (pool, httpx_clients):
        monkeypatch.setattr(module, "MAX_CONNECTIONS", 1)
    asked, may_answer = threading.Event(), threading.Event()

    def treat(connection: socket.socket) -> None:
        while True:
            _request(connection)
            asked.set()
            may_answer.wait(100)
            connection.sendall(_OK)

    with Client(serve(treat), *_KEY, retry=None) as client, ThreadPoolExecutor(2) as threads:
        first = threads.submit(client.get_job, "j")
        assert asked.wait(100)
        with pytest.raises(RequestTimeoutError, match="PoolTimeout"):
            client.with_options(timeout=0.05).get_job("j")
        second = threads.submit(client.with_options(timeout=100).get_job, "j")
        may_answer.set()
        assert [first.result(100).Id, second.result(100).Id] == ["x", "x"]


def test_client_that_is_closed_closes_what_is_under_way_when_it_is_done(
    serve: Serve, connections: list[int]
) -> None:
    asked, may_answer, gone = threading.Event(), threading.Event(), threading.Event()

    def treat(connection: socket.socket) -> None:
        _request(connection)
        asked.set()
        may_answer.wait(100)
        connection.sendall(_OK)
        if connection.recv(1) == b"":
            gone.set()

    client = Client(serve(treat), *_KEY)
    with ThreadPoolExecutor(1) as threads:
        job = threads.submit(client.get_job, "j")
        assert asked.wait(100)
        client.close()
        may_answer.set()
        assert job.result(100).Id == "x"
    assert gone.wait(100)
    with pytest.raises(RuntimeError, match="closed"):
        client.get_job("j")


def test_threads_share_a_client(way: str, service: Any) -> None:
    key = service.access_key_id, service.access_key_secret
    with Client(service.endpoint, *key) as client, ThreadPoolExecutor(16) as threads:
        found = threads.map(lambda _: client.get_quotas().StatusCode, range(200))
        assert set(found) == {200}


@pytest.mark.parametrize(
    ("url", "variables", "expected"),
    [
        ("https://service.example", {}, False),
        ("https://service.example", {"HTTPS_PROXY": "http://p:1"}, True),
        ("http://service.example", {"http_proxy": "http://p:1"}, True),
        ("http://service.example", {"All_Proxy": "http://p:1"}, True),
        ("http://service.example", {"HTTP_PROXY": "", "NO_PROXY": "*"}, False),
        ("http://127.0.0.1:1", {"HTTP_PROXY": "http://p:1"}, False),
    ],
)
def test_httpx_sends_wherever_there_may_be_a_proxy(
    url: str,
    variables: dict[str, str],
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
    no_proxies: None,
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    with Client(url, *_KEY) as client:
        assert environment.may_have_proxy(client._builder.endpoint) is expected
        sender = client._transport._sender()
    assert isinstance(sender, httpx_clients.HttpxSender if expected else pool.ConnectionPool)
