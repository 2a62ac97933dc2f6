"""The handling of HTTP/1.1 connections that uvicorn and httptools leave to the service."""

from __future__ import annotations

import asyncio
import time
from email.utils import formatdate
from functools import lru_cache
from typing import Any, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

#: How an answer begins that is followed by the proper one.
_INTERIM = b"HTTP/1.1 1"

#: Bytes of a request before its body: target and headers.
MAX_HEAD = 64 * 1024


#: Bytes of a body that are thrown away behind its answer, so that whoever sends them can read that
#: instead of seeing the connection reset.
MAX_UNWANTED = 16 * 1024 * 1024

#: Seconds in which the head of a request is to come, from its first byte on, or from the beginning
#: of a connection on.
HEAD_SECONDS = 75.0

#: Seconds without a byte of a body that has begun, also of an answer that is not taken. Some bodies
#: are made while they are sent, or used while they are received.
BODY_SECONDS = 600.0

#: How long an idle connection may take to end its TLS in order.
_GOODBYE_SECONDS = 0.3


@lru_cache(maxsize=1)
def _dated(second: int) -> list[tuple[bytes, bytes]]:
    """Return the headers of answers of one second, in seconds since the epoch."""
    return [(b"date", formatdate(second, usegmt=True).encode())]


class HeaderName(bytes):
    """The name of a response header that is sent as it is spelled here.

    Names have no case, and uvicorn sends all of them in lower case; some clients of the API look
    for exactly the spelling of the hosted service.
    """

    __slots__ = ()

    def lower(self) -> bytes:
        """Return the name as it is."""
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, bytes) and bytes.lower(self) == bytes.lower(other)

    def __hash__(self) -> int:
        return hash(bytes.lower(self))


class _JoiningTransport:
    """A transport that sends the head of an answer together with the beginning of its body.

    uvicorn writes them one after the other, which takes two system calls here, wakes whoever asked
    twice, and is most of what a short answer costs the machine. A head whose body takes long to
    begin waits for it, as the rules of ASGI have it.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self._expects_head = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write the next part of an answer, or keep it for a moment if it is a head."""
        if self._head:
            data, self._head = self._head + data, b""
        elif self._expects_head and not data.startswith(_INTERIM):
            self._head, self._expects_head = data, False
            return
        self._transport.write(data)

    def end_answer(self) -> None:
        """Write what is left of an answer; the next part is the head of another one."""
        if self._head:
            self._transport.write(self._head)
        self._head, self._expects_head = b"", True

    def close(self) -> None:
        """Write what is left, and then close."""
        self.end_answer()
        self._transport.close()


class HttpConnection(HttpToolsProtocol):
    """A connection whose requests have heads of bounded size, and which never changes protocols.

    A request that offers to speak another protocol, as some clients do with their first one, is
    answered like any other. Its parser stops behind the head, so another one reads the rest.

    Requests that stop in the middle, and answers that nobody takes, are given up after a while.
    Otherwise anybody could use up the files that the service may have open.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        """Take what uvicorn gives to every connection."""
        super().__init__(config, server_state, app_state, _loop)
        self._in_head = True
        self._in_body = False
        self._received = 0
        self._head = 0
        self._unwanted = 0
        # How long what has begun may take, 0 if nothing has; since when, and what looks at it.
        self._allowed = 0.0
        self._heard_at = 0.0
        self._look: asyncio.TimerHandle | None = None
        # Gives up an answer that nobody takes; None while somebody does.
        self._giving_up: asyncio.TimerHandle | None = None
        # The parser has stopped, or is about to.
        self._stops = False
        # The next parser reads a head that was answered for already.
        self._repeats = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection."""
        self._joining = _JoiningTransport(transport)
        super().connection_made(cast("asyncio.Transport", self._joining))
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget a connection that is over."""
        self._in_head = self._in_body = False
        self._watch()
        self._keep_trying()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Stop sending until the other side has taken some of the answer, but not for ever."""
        super().pause_writing()
        self._keep_trying()
        self._giving_up = self.loop.call_later(BODY_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on with the answer."""
        self._keep_trying()
        super().resume_writing()

    def shutdown(self) -> None:
        """Close, once what is being asked is answered."""
        # There is none before the first request, whatever its type says.
        cycle: Any = self.cycle
        super().shutdown()
        if (
            cycle is None or cycle.response_complete
        ) and self.transport.get_write_buffer_size() == 0:
            # With TLS, closing waits for the other side to say goodbye too, which may never come.
            self.loop.call_later(_GOODBYE_SECONDS, self.transport.abort)

    def on_response_complete(self) -> None:
        """Go on with the next request, once an answer is written."""
        self._joining.end_answer()
        super().on_response_complete()

    def data_received(self, data: bytes) -> None:
        """Parse what has come; a head that does not end is refused."""
        self._unset_keepalive_if_required()
        # Nobody wakes each second to make a date that is not needed.
        self.server_state.default_headers = _dated(int(time.time()))
        if self._in_head:
            # Parts of a header that is not complete yet are with the parser and nobody else.
            self._received += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self.send_400_response("Invalid HTTP request received.")
            return
        if self._in_head and self._received > MAX_HEAD:
            self.send_400_response("The head of the request is too large.")
        self._watch()

    def on_message_begin(self) -> None:
        """Begin a request."""
        if self._repeats:
            return
        super().on_message_begin()
        self._in_head = True
        self._received = self._head = self._unwanted = 0
        # Whatever is waited for is another one than before.
        self._allowed = -1.0

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        if self._repeats:
            return
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        if self._repeats:
            return
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Begin to answer the request."""
        if self._repeats:
            self._repeats = False
            return
        self._in_head, self._in_body = False, True
        self._stops = self.parser.should_upgrade()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body; of one that is answered already, only so much comes."""
        if self.cycle.response_complete:
            self._unwanted += len(body)
            if self._unwanted > MAX_UNWANTED:
                self.transport.close()
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request, unless it is only its head that has ended."""
        if not self._stops:
            self._in_body = False
            super().on_message_complete()

    def _keep_trying(self) -> None:
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None

    def _watch(self) -> None:
        """Have somebody look, later on, whether the request that is being sent goes on."""
        allowed = HEAD_SECONDS if self._in_head else BODY_SECONDS if self._in_body else 0.0
        if self._in_body or allowed != self._allowed:
            self._heard_at = self.loop.time()
        if allowed != self._allowed:
            self._allowed = allowed
            if self._look is not None:
                self._look.cancel()
            self._look = self.loop.call_later(allowed, self._end_silence) if allowed else None

    def _end_silence(self) -> None:
        """Close the connection if nothing has come for as long as that may take."""
        # There is none before the first request, whatever its type says.
        cycle: Any = self.cycle
        # The next request waits while this one is answered, and a body for whoever reads it.
        waits = self._in_head and cycle is not None and not cycle.response_complete
        if waits or self.flow.read_paused:
            self._heard_at = self.loop.time()
        left = self._heard_at + self._allowed - self.loop.time()
        if left > 0:
            self._look = self.loop.call_later(left, self._end_silence)
        else:
            self.transport.close()

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as stop:
            framing = (b"content-length", b"transfer-encoding")
            lines = [b"%s: %s\r\n" % each for each in self.headers if each[0] in framing]
            self.parser = httptools.HttpRequestParser(self)
            self._stops, self._repeats = False, True
            self.parser.feed_data(b"POST / HTTP/1.1\r\n" + b"".join(lines) + b"\r\n")
            self._feed(data[stop.args[0] :])

    def _count(self, size: int) -> None:
        self._head += size
        if self._head > MAX_HEAD:
            # The parser fails with this, and the request is refused.
            raise ValueError("the head of the request is too large")
