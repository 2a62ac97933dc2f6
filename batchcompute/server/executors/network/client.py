"""An agent's end of the connection to its server."""

from __future__ import annotations

import http.client
import json
import ssl
from typing import Any, cast
from urllib.parse import urlsplit

from batchcompute.server.executors.network.protocol import (
    REFUSAL_STATUS,
    Refusal,
    RefusedError,
)

_KNOWN: dict[object, Refusal] = {refusal: refusal for refusal in REFUSAL_STATUS}


class Connection:
    """Sends requests, one after the other, over one connection that is kept.

    Belongs to one thread. `OSError` and what follows from it mean that it is not known whether the
    request came.
    """

    def __init__(self, url: str, trusted: str) -> None:
        """Name the server; nothing is sent before the first request.

        Args:
            url: `https://host:port`, or `http://host:port` of this machine.
            trusted: Certificates (PEM) that the server's is signed with; "" for the system's.

        Raises:
            ValueError: The URL has another form, or would leave this machine unencrypted.
        """
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname or parts.path.strip("/"):
            raise ValueError(f"{url!r} is no address of a server; write https://HOST:PORT")
        if parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ValueError(f"{url!r}: without TLS only this machine is reached; write https://")
        self._host, self._port = parts.hostname, parts.port
        self._context: ssl.SSLContext | None = None
        if parts.scheme == "https":
            self._context = ssl.create_default_context(cadata=trusted or None)
        self._connection: http.client.HTTPConnection | None = None

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
            self.close()
            raise ConnectionError(f"the server does not answer as it should: {error!r}") from error
        except OSError:
            self.close()
            raise
        return _read(response.status, text)

    def close(self) -> None:
        """Drop the connection; the next request makes another one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _connect(self, timeout_seconds: float) -> http.client.HTTPConnection:
        if self._connection is None:
            if self._context is None:
                self._connection = http.client.HTTPConnection(self._host, self._port)
            else:
                self._connection = http.client.HTTPSConnection(
                    self._host, self._port, context=self._context
                )
        self._connection.timeout = timeout_seconds
        if self._connection.sock is not None:
            self._connection.sock.settimeout(timeout_seconds)
        return self._connection


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
