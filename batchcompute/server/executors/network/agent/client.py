"""An agent's end of the connection to its server."""

from __future__ import annotations

import http.client
import json
import ssl
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from batchcompute.server.executors.network.protocol import (
    REFUSAL_STATUS,
    Refusal,
    RefusedError,
)

_KNOWN: dict[object, Refusal] = {refusal: refusal for refusal in REFUSAL_STATUS}

#: How long a connection may take, in seconds: of several servers the next one is asked soon.
_CONNECT_SECONDS = 5.0


class Connection:
    """Sends requests, one after the other, over one connection that is kept.

    Belongs to one thread. `OSError` and what follows from it mean that it is not known whether the
    request came.
    """

    def __init__(self, urls: str, trusted: str) -> None:
        """Name the server; nothing is sent before the first request.

        Args:
            urls: `https://host:port`, or `http://host:port` of this machine; several with commas in
                between are asked in turns, until one answers.
            trusted: Certificates (PEM) that the server's is signed with; "" for the system's.

        Raises:
            ValueError: A URL has another form, or would leave this machine unencrypted.
        """
        self._servers = [_server(url.strip()) for url in urls.split(",")]
        self._at = 0
        self._context: ssl.SSLContext | None = None
        if any(each.secure for each in self._servers):
            self._context = ssl.create_default_context(cadata=trusted or None)
        self._connection: http.client.HTTPConnection | None = None

    @property
    def url(self) -> str:
        """The server that is asked at the moment."""
        return self._servers[self._at].url

    def post(
        self, path: str, token: str, body: dict[str, Any], timeout_seconds: float
    ) -> dict[str, Any]:
        """Send a request, and return the answer.

        Raises:
            RefusedError: The server refused it.
            OSError: It cannot be reached, or did not answer in time.
        """
        data = json.dumps(body, separators=(",", ":")).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        try:
            connection = self._connect(timeout_seconds)
            connection.request("POST", path, data, headers)
            response = connection.getresponse()
            text = response.read()
        except http.client.HTTPException as error:
            self._turn()
            raise ConnectionError(f"the server does not answer as it should: {error!r}") from error
        except OSError:
            self._turn()
            raise
        return _read(response.status, text)

    def close(self) -> None:
        """Drop the connection; the next request makes another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _turn(self) -> None:
        """Ask another server next, as this one does not answer."""
        self.close()
        self._at = (self._at + 1) % len(self._servers)

    def _connect(self, timeout_seconds: float) -> http.client.HTTPConnection:
        if self._connection is None:
            server = self._servers[self._at]
            timeout = min(timeout_seconds, _CONNECT_SECONDS)
            if server.secure:
                self._connection = http.client.HTTPSConnection(
                    server.host, server.port, context=self._context, timeout=timeout
                )
            else:
                self._connection = http.client.HTTPConnection(
                    server.host, server.port, timeout=timeout
                )
            self._connection.connect()
        if self._connection.sock is None:
            # It was closed in between; it is opened again by the request.
            self._connection.timeout = timeout_seconds
        else:
            self._connection.sock.settimeout(timeout_seconds)
        return self._connection


@dataclass(frozen=True, slots=True)
class _Server:
    url: str
    secure: bool
    host: str
    port: int | None


def _server(url: str) -> _Server:
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.path.strip("/"):
        raise ValueError(f"{url!r} is no address of a server; write https://HOST:PORT")
    if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
        raise ValueError(f"{url!r}: without TLS only this machine is reached; write https://")
    return _Server(url.rstrip("/"), parts.scheme == "https", parts.hostname, parts.port)


def _read(status: int, text: bytes) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ConnectionError(f"the server answered with status {status}")
    answer = cast("dict[str, Any]", found)
    if status == 200:
        return answer
    if (refusal := _KNOWN.get(answer.get("error"))) is not None:
        words = str(answer.get("message") or refusal)
        if refusal == "away":
            raise ConnectionError(words)
        raise RefusedError(refusal, words)
    raise ConnectionError(f"the server answered with status {status}")
