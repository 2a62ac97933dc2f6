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

#: Answers of servers that have no port for agents.
_NOT_HERE = (404, 405)
#: How OpenSSL calls it that the other side does not speak TLS.
_NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
#: Codes of certificates for another host name, and another address.
_OTHER_NAME = (62, 64)
#: How long a connection may take, in seconds: of several servers the next one is asked soon.
_CONNECT_SECONDS = 5.0


class WrongServerError(ConnectionError):
    """What was found at an address cannot be the service's port of agents, or is not trusted.

    Attributes:
        url: The address.
    """

    def __init__(self, url: str, message: str) -> None:
        """Say why, and what to do."""
        super().__init__(f"{url}: {message}")
        self.url = url


class Connection:
    """Sends requests, one after the other, over one connection that is kept.

    Belongs to one thread. `OSError` and what follows from it mean that it is not known whether the
    request came.
    """

    def __init__(self, urls: str, trusted: str) -> None:
        """Name the server; nothing is sent before the first request.

        Args:
            urls: `https://host:port`; several with commas in between are asked in turns, until one
                answers.
            trusted: Certificates (PEM) that the server's is signed with; "" for the system's.

        Raises:
            ValueError: A URL has another form, or the certificates are none.
        """
        self._servers = [_server(url.strip()) for url in urls.split(",")]
        self._at = 0
        try:
            self._context = ssl.create_default_context(cadata=trusted or None)
        except (ssl.SSLError, ValueError) as error:
            raise ValueError(
                "what --ca names holds no certificates (PEM); copy agents/ca.pem of the service's "
                "data folder"
            ) from error
        self._connection: http.client.HTTPSConnection | None = None

    @property
    def servers(self) -> frozenset[str]:
        """All servers that are asked in turns."""
        return frozenset(each.url for each in self._servers)

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
            WrongServerError: It is another one, or not trusted.
            OSError: It cannot be reached, or did not answer in time.
        """
        url = self.url
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
        except OSError as error:
            self._turn()
            if isinstance(error, ssl.SSLError) and (words := _distrust(error)):
                raise WrongServerError(url, words) from error
            raise
        if response.status in _NOT_HERE:
            raise WrongServerError(
                url,
                f"it answers with status {response.status}, so it is not the port of agents; its "
                "address is in the service's log (agents join …)",
            )
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

    def _connect(self, timeout_seconds: float) -> http.client.HTTPSConnection:
        if self._connection is None:
            server = self._servers[self._at]
            timeout = min(timeout_seconds, _CONNECT_SECONDS)
            self._connection = http.client.HTTPSConnection(
                server.host, server.port, context=self._context, timeout=timeout
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
    host: str
    port: int | None


def _server(url: str) -> _Server:
    parts = urlsplit(url)
    if parts.scheme == "http":
        raise ValueError(f"{url!r}: agents speak TLS alone; write https://{parts.netloc}")
    if parts.scheme != "https" or not parts.hostname or parts.path.strip("/"):
        raise ValueError(f"{url!r} is no address of a server; write https://HOST:PORT")
    return _Server(url.rstrip("/"), parts.hostname, parts.port)


def _distrust(error: ssl.SSLError) -> str:
    """Return what to do about an error of TLS that does not pass by itself; "" for others."""
    if error.reason in _NO_TLS:
        return "it does not speak TLS, so it is not the port of agents (agents-port)"
    if not isinstance(error, ssl.SSLCertVerificationError):
        return ""
    why = error.verify_message.rstrip(".")
    if error.verify_code in _OTHER_NAME:
        return (
            f"its certificate is for other names ({why}); join by one of them, or add this one on "
            "the service's machine: python -m batchcompute.server certificates --name NAME"
        )
    return (
        f"its certificate is not trusted ({why}); name agents/ca.pem of the service's data folder "
        "by --ca"
    )


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
