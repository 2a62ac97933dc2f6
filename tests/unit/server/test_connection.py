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
from batchcompute.server.api.connection import MAX_UNWANTED, HttpConnection
from batchcompute.server.api.http import IDLE_SECONDS


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

    abort = close

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


class Clock:
    """A loop whose timers are due when a test says so."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._now = 0.0
        self.timers: list[tuple[float, Any, asyncio.TimerHandle]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    def time(self) -> float:
        return self._now

    def call_later(self, delay: float, call: Any, *arguments: Any) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(self._now + delay, call, arguments, self._loop)
        self.timers.append((self._now + delay, call, handle))
        return handle

    async def pass_by(self, seconds: float) -> None:
        end = self._now + seconds
        while due := [each for each in self.waiting() if each[0] <= end]:
            at, call, _ = first = min(due, key=lambda each: each[0])
            self.timers.remove(first)
            self._now = at
            call()
        self._now = end
        for _ in range(10):
            await asyncio.sleep(0)

    def waiting(self) -> list[tuple[float, Any, asyncio.TimerHandle]]:
        return [each for each in self.timers if not each[2].cancelled()]


_BODY = b"POST /a HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc"
_FINE = b"GET /a HTTP/1.1\r\n\r\n"


async def patient(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer once all has come that was announced."""
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.request":
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


def open_after(*steps: bytes | float | str, by: Any = patient) -> list[bool]:
    """Say after each step whether a connection is open.

    Args:
        *steps: Data that come, seconds that pass, or what its transport calls.
        by: The application.
    """

    async def talk() -> list[bool]:
        config = Config(
            by,
            http=HttpConnection,
            ws="none",
            lifespan="off",
            log_config=None,
            timeout_keep_alive=IDLE_SECONDS,
        )
        config.load()
        clock = Clock(asyncio.get_running_loop())
        connection = HttpConnection(config, ServerState(), {}, cast("Any", clock))
        transport = FakeTransport()
        connection.connection_made(cast("Any", transport))
        found: list[bool] = []
        for step in steps:
            if isinstance(step, bytes):
                connection.data_received(step)
            elif isinstance(step, str):
                getattr(connection, step)()
            await clock.pass_by(step if isinstance(step, float) else 0.0)
            found.append(not transport.closed)
        connection.connection_lost(OSError())
        kept = [call for _, call, _ in clock.waiting() if "keep_alive" not in call.__name__]
        assert not kept, "a connection that is over is kept in memory"
        return found

    return asyncio.run(talk())


@pytest.mark.parametrize(
    ("steps", "ends"),
    [
        ((70.0, 10.0), True),
        ((b"GET / HT", 70.0, b"TP/1.1\r\n", 10.0), True),
        ((b"GET / HT", 40.0, b"TP/1.1\r\n\r\n", 40.0), False),
        ((_FINE, 40.0, _FINE, 70.0, b"GET /", 70.0, b"a", 10.0), True),
        ((_FINE, 70.0, _FINE, 70.0, _FINE, 10.0), False),
        ((_FINE, 70.0, b"GET /", 70.0, b"a HTTP/1.1\r\n\r\n", 10.0), False),
        ((_BODY, 590.0, b"d", 590.0, b"e", 590.0, b"f"), False),
        ((_BODY, 590.0, b"def", 610.0), True),
        ((_BODY, 610.0), True),
        ((_BODY, 590.0, b"defghi", 70.0), False),
        (("pause_writing", 70.0, _FINE, 70.0, "resume_writing", _FINE, 70.0), False),
        ((_BODY, "pause_writing", 590.0, b"d", 20.0), True),
    ],
)
def test_request_that_does_not_go_on_is_waited_for_no_longer(
    steps: tuple[bytes | float | str, ...], ends: bool
) -> None:
    *before, last = open_after(*steps)
    assert all(before)
    assert last is not ends


def test_answer_that_takes_long_is_waited_for_by_the_next_request() -> None:
    async def never(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.Event().wait()

    assert all(open_after(_FINE + b"GET /", 1000.0, b"more", by=never))


def test_body_behind_its_answer_does_not_go_on_for_ever() -> None:
    piece = bytes(MAX_UNWANTED // 4)
    head = b"POST /a HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\na"
    # It is answered after its first byte.
    found = open_after(head, *[piece] * 5, by=application)
    assert found == [True] * 5 + [False]
