"""Speak HTTP over one connection: a socket, and h11, which is also httpx's parser."""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Callable, Mapping

# httpx brings it along.
import h11

from batchcompute._http.failures import ExchangeError
from batchcompute._http.request import SignedRequest
from batchcompute._http.response import Headers, Received

_READ_BYTES = 64 * 1024
#: Bytes that the head of a response may have, as with httpx.
_LARGEST_HEAD = 100 * 1024
#: Headers that say how long the body is, and whether another request may follow.
_FRAMING = frozenset({b"host", b"content-length", b"transfer-encoding", b"connection", b"expect"})


class Connection:
    """A connection that is kept open from request to request; for one thread at a time.

    Args:
        stream: The connected socket, with the timeout that it has now.

    Attributes:
        is_reusable: Whether another request may follow on it.
        idle_since: When the last response was complete, in monotonic seconds.
    """

    __slots__ = ("_parser", "_socket", "_timeout", "idle_since", "is_reusable")

    def __init__(self, stream: socket.socket) -> None:
        self._socket = stream
        self._timeout = stream.gettimeout()
        self._parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LARGEST_HEAD)
        self.is_reusable = False
        self.idle_since = 0.0

    @classmethod
    def open(
        cls, host: str, port: int, encryption: ssl.SSLContext | None, timeout: float | None
    ) -> Connection:
        """Connect to a server.

        Args:
            host: Host name or address.
            port: Port.
            encryption: How to speak TLS; None does not.
            timeout: Seconds for each step; None disables it.

        Raises:
            ExchangeError: The connection failed.
        """
        try:
            stream = socket.create_connection((host, port), timeout)
            try:
                stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if encryption is not None:
                    stream = encryption.wrap_socket(stream, server_hostname=host)
            except BaseException:
                stream.close()
                raise
        except TimeoutError as error:
            raise ExchangeError("ConnectTimeout", str(error)) from error
        except OSError as error:
            raise ExchangeError("ConnectError", str(error)) from error
        return cls(stream)

    def exchange(
        self, request: SignedRequest, seconds_left: Callable[[], float | None]
    ) -> Received:
        """Send a request and return its complete response.

        Args:
            request: The request.
            seconds_left: Returns the seconds until the whole call must be over, or None.

        Raises:
            ExchangeError: No complete response was received.
        """
        self.is_reusable = False
        self._send(request)
        received = self._receive(request.timeouts, seconds_left)
        parser = self._parser
        if parser.our_state is h11.DONE and parser.their_state is h11.DONE:
            parser.start_next_cycle()
            self.idle_since = time.monotonic()
            self.is_reusable = True
        return received

    def has_expired(self, lifetime: float) -> bool:
        """Return whether an idle connection is too old, or was closed by the server.

        Args:
            lifetime: Seconds for which it may be idle.
        """
        # The server says nothing unasked, except that it has gone away.
        return time.monotonic() - self.idle_since > lifetime or _is_readable(self._socket)

    def close(self) -> None:
        """Close the socket."""
        self.is_reusable = False
        self._socket.close()

    def _send(self, request: SignedRequest) -> None:
        # h11 needs to know what was asked in order to read the response. It would look at every
        # header anew, so it is told of those that decide what follows; the others were checked
        # when the client was made.
        parser, headers = self._parser, request.headers
        framing = [header for header in headers if header[0] in _FRAMING]
        try:
            parser.send(h11.Request(method=request.method, target=request.target, headers=framing))
            body = parser.send(h11.Data(request.body)) if request.body else b""
            parser.send(h11.EndOfMessage())
        except h11.LocalProtocolError as error:
            raise ExchangeError("LocalProtocolError", str(error)) from error
        lines = [f"{request.method} {request.target} HTTP/1.1".encode("ascii")]
        lines += [b"%s: %s" % header for header in headers]
        data = b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")
        rest = memoryview(data)
        try:
            self._set_timeout(request.timeouts["write"])
            while rest:
                rest = rest[self._socket.send(rest) :]
        except TimeoutError as error:
            raise ExchangeError("WriteTimeout", str(error)) from error
        except OSError:
            # A server may refuse a request and hang up before it has read all of it.
            pass

    def _receive(
        self, timeouts: Mapping[str, float | None], seconds_left: Callable[[], float | None]
    ) -> Received:
        parser = self._parser
        head: h11.Response | h11.InformationalResponse | None = None
        body: list[bytes] = []
        while True:
            try:
                event = parser.next_event()
            except h11.RemoteProtocolError as error:
                raise ExchangeError("RemoteProtocolError", str(error)) from error
            if event is h11.NEED_DATA:
                parser.receive_data(self._read(timeouts["read"], seconds_left()))
            elif isinstance(event, h11.Data):
                body.append(event.data)
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.InformationalResponse):
                # After a change of protocols it is no longer HTTP.
                head = event if event.status_code == 101 else None
            else:
                break
        if head is None:
            raise ExchangeError("RemoteProtocolError", "the response has no head")
        headers = Headers(head.headers)
        received = Received(head.status_code, headers, b"".join(body))
        if headers.get("content-encoding", "identity") == "identity":
            return received
        # Nobody asked for it, unless the program has set the header that does.
        from batchcompute._http.httpx_clients import decoded

        return decoded(received)

    def _read(self, timeout: float | None, left: float | None) -> bytes:
        if left is not None:
            if left <= 0:
                raise ExchangeError("ReadTimeout", "the total time is over")
            timeout = left if timeout is None else min(timeout, left)
        try:
            self._set_timeout(timeout)
            data = self._socket.recv(_READ_BYTES)
        except TimeoutError as error:
            raise ExchangeError("ReadTimeout", str(error)) from error
        except OSError as error:
            raise ExchangeError("ReadError", str(error)) from error
        if not data and self._parser.their_state is h11.SEND_RESPONSE:
            text = "Server disconnected without sending a response."
            raise ExchangeError("RemoteProtocolError", text)
        return data

    def _set_timeout(self, timeout: float | None) -> None:
        # Setting it is a system call, and it is nearly always the same.
        if timeout != self._timeout:
            self._socket.settimeout(timeout)
            self._timeout = timeout


def _is_readable(stream: socket.socket) -> bool:
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([stream], [], [], 0)[0])
    poll = select.poll()
    poll.register(stream, select.POLLIN)
    return bool(poll.poll(0))
