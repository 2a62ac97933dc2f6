"""What goes to the socket of a connection, and in how many pieces."""

from __future__ import annotations

import asyncio
import re
from types import SimpleNamespace
from typing import Any, cast

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from batchcompute.server.api import connection as connection_module
from batchcompute.server.api.connection import HttpConnection


class FakeTransport:
    """Keeps the pieces that are written."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.closed = False

    def get_extra_info(self, _name: str) -> None:
        return None

    def is_closing(self) -> bool:
        return self.closed

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.pieces.append(data)

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        """Nothing to do."""

    def resume_reading(self) -> None:
        """Nothing to do."""


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with what was asked, in two parts if the path says so."""
    message = await receive()
    body = message["body"] or scope["path"].encode()
    parts = [body, b"more"] if scope["path"] == "/parts" else [body]
    status = 204 if scope["path"] == "/empty" else 200
    length = b"%d" % sum(len(part) for part in parts)
    headers = [] if status == 204 else [(b"content-length", length)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    if status == 204:
        parts = [b""]
    for number, part in enumerate(parts, 1):
        more = number < len(parts)
        await send({"type": "http.response.body", "body": part, "more_body": more})


def pieces(*data: bytes) -> list[bytes]:
    """What a connection answers that is sent some data."""

    async def talk() -> list[bytes]:
        config = Config(
            application, http=HttpConnection, ws="none", lifespan="off", log_config=None
        )
        config.load()
        state = ServerState()
        connection = HttpConnection(config, state, {}, asyncio.get_running_loop())
        transport = FakeTransport()
        connection.connection_made(cast("Any", transport))
        for each in data:
            connection.data_received(each)
            # Until nothing can go on before more comes.
            for _ in range(10):
                await asyncio.sleep(0)
        connection.connection_lost(None)
        return transport.pieces

    return asyncio.run(talk())


def heads_and_bodies(found: list[bytes]) -> list[tuple[bytes, bytes]]:
    """The status line and the body of each piece that begins an answer."""
    parts = (piece.partition(b"\r\n\r\n") for piece in found)
    return [(head.split(b"\r\n")[0], body) for head, _, body in parts]


def test_short_answer_is_one_piece() -> None:
    found = pieces(b"GET /one HTTP/1.1\r\nHost: h\r\n\r\n", b"GET /two HTTP/1.1\r\nHost: h\r\n\r\n")
    assert heads_and_bodies(found) == [(b"HTTP/1.1 200 OK", b"/one"), (b"HTTP/1.1 200 OK", b"/two")]


def test_answers_have_the_date_of_their_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1_000_000_000.25
    times = [now, now + 0.5, now + 1]
    monkeypatch.setattr(connection_module, "time", SimpleNamespace(time=lambda: times.pop(0)))
    answers = pieces(*[b"GET /one HTTP/1.1\r\nHost: h\r\n\r\n"] * 3)
    dates = [re.findall(rb"\r\ndate: (.*)\r\n", answer) for answer in answers]
    earlier, later = b"Sun, 09 Sep 2001 01:46:40 GMT", b"Sun, 09 Sep 2001 01:46:41 GMT"
    assert dates == [[earlier], [earlier], [later]]


def test_requests_that_come_together_are_answered_one_by_one() -> None:
    found = pieces(b"GET /one HTTP/1.1\r\nHost: h\r\n\r\nGET /two HTTP/1.1\r\nHost: h\r\n\r\n")
    assert heads_and_bodies(found) == [(b"HTTP/1.1 200 OK", b"/one"), (b"HTTP/1.1 200 OK", b"/two")]


def test_parts_of_a_body_follow_its_head() -> None:
    found = pieces(b"GET /parts HTTP/1.1\r\nHost: h\r\n\r\n")
    assert heads_and_bodies(found[:1]) == [(b"HTTP/1.1 200 OK", b"/parts")]
    assert found[1:] == [b"more"]


def test_answer_without_a_body_is_sent() -> None:
    found = pieces(b"GET /empty HTTP/1.1\r\nHost: h\r\n\r\n")
    assert heads_and_bodies(found) == [(b"HTTP/1.1 204 No Content", b"")]
    found = pieces(b"HEAD /one HTTP/1.1\r\nHost: h\r\n\r\n")
    assert heads_and_bodies(found) == [(b"HTTP/1.1 200 OK", b"")]


def test_body_that_looks_like_a_head_is_sent() -> None:
    body = b"HTTP/1.1 200 OK\r\n\r\n"
    head = b"POST /one HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert heads_and_bodies(pieces(head + body)) == [(b"HTTP/1.1 200 OK", body)]


def test_client_that_waits_for_a_word_before_its_body_gets_it_at_once() -> None:
    head = b"POST /one HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    interim, answer = pieces(head, b"abc")
    assert interim == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.endswith(b"abc")


def test_what_is_no_request_is_refused_before_the_connection_is_closed() -> None:
    assert heads_and_bodies(pieces(b"nonsense\r\n\r\n")) == [
        (b"HTTP/1.1 400 Bad Request", b"Invalid HTTP request received.")
    ]
