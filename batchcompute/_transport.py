"""Requests over HTTP: the only module that talks to httpx.

Everything that does not wait is in `Preparer`: building, signing and reading. `Transport` sends.
"""

from __future__ import annotations

import json
import os
import platform
import ssl
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import httpx

from batchcompute._answer import Answer
from batchcompute._version import __version__
from batchcompute.config import Credentials, Endpoint
from batchcompute.exceptions import RequestTimeoutError, TransportError
from batchcompute.signing import authorization, canonical_query

#: Seconds to connect, and seconds without a byte received or sent.
DEFAULT_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
_USER_AGENT = f"batchcompute-python/{__version__} Python/{platform.python_version()}"

R = TypeVar("R")

Timeout = float | httpx.Timeout | None


class NotGiven:
    """Marks an option that was not given, where None says something."""

    def __repr__(self) -> str:
        return "NOT_GIVEN"


NOT_GIVEN = NotGiven()


@dataclass(frozen=True, slots=True)
class Call(Generic[R]):
    """One request to be made, and how its answer is read.

    Attributes:
        operation: The operation's name in the specification.
        request: Arguments of the generated endpoint: method, url, params, json.
        read: Makes the result from a 2xx answer.
    """

    operation: str
    request: Mapping[str, Any]
    read: Callable[[Answer], R]


class Preparer:
    """Builds and signs requests for one endpoint and one access key; never waits.

    Args:
        endpoint: Where requests go.
        credentials: As whom.
        version: Version of the API to ask for.
        headers: Headers of the program, which replace ours; those named `x-acs-…` are signed too.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        version: str,
        headers: Mapping[str, str],
    ) -> None:
        self.endpoint = endpoint
        self.version = version
        self._credentials = credentials
        self._headers = {name.lower(): str(value) for name, value in headers.items()}
        self._headers.pop("authorization", None)
        self._host = urlsplit(endpoint.url).netloc

    def prepare(self, call: Call[Any], limits: dict[str, float | None]) -> httpx.Request:
        """Return the signed request of a call.

        Args:
            call: What to ask.
            limits: Seconds per phase, as httpx names the phases.
        """
        request = call.request
        query = canonical_query(request.get("params") or {})
        target = f"{request['url']}?{query}" if query else str(request["url"])
        body = b""
        if "json" in request:
            body = json.dumps(request["json"], separators=(",", ":")).encode("ascii")
        headers = {
            "host": self._host,
            "accept": "application/json",
            "content-type": "application/json",
            "content-length": str(len(body)),
            "date": formatdate(usegmt=True),
            "user-agent": _USER_AGENT,
            "x-acs-access-key-id": self._credentials.access_key_id,
            "x-acs-region-id": self.endpoint.region,
            "x-acs-security-token": self._credentials.security_token,
            "x-acs-signature-method": "HMAC-SHA1",
            "x-acs-signature-nonce": str(uuid.uuid4()),
            "x-acs-signature-version": "1.0",
            "x-acs-version": self.version,
            **self._headers,
        }
        headers = {name: value for name, value in headers.items() if value}
        method = str(request["method"]).upper()
        headers["authorization"] = authorization(
            self._credentials.access_key_id,
            self._credentials.access_key_secret,
            method,
            target,
            headers.items(),
        )
        return httpx.Request(
            method,
            self.endpoint.url + target,
            headers=headers,
            content=body,
            extensions={"timeout": limits},
        )

    def read(self, call: Call[R], response: httpx.Response) -> R:
        """Make the result of an answer, or raise what it says.

        Raises:
            ClientError: The status is not 2xx.
            JsonError: The body of a success is not what it should be.
        """
        answer = Answer(call.operation, response.status_code, response.headers, response.content)
        if response.is_success:
            return call.read(answer)
        raise answer.error()

    def client_options(self) -> dict[str, Any]:
        """Return what an httpx client of ours is made with."""
        loopback = self.endpoint.is_loopback
        return {
            # Without TLS nothing is verified, so the certificates need not be loaded; a client
            # without any would refuse every server if it were ever asked to speak TLS.
            "verify": True if self.endpoint.is_secure else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            "follow_redirects": False,
            # A proxy of the environment cannot reach a service on this machine.
            "trust_env": not loopback,
            "limits": httpx.Limits(max_connections=100, max_keepalive_connections=20),
        }

    def failure(self, call: Call[Any], error: httpx.HTTPError) -> TransportError:
        """Return our exception for a request that got no answer."""
        where = f"{call.operation}: {self.endpoint.url}"
        if isinstance(error, httpx.TimeoutException):
            return RequestTimeoutError(f"{where} did not answer in time ({type(error).__name__})")
        hint = ""
        if self.endpoint.is_secure and "SSL" in str(error):
            hint = " (for a server that speaks plain HTTP, give http://… or security_conn=False)"
        return TransportError(f"{where} gave no answer: {error or type(error).__name__}{hint}")


class Transport:
    """Sends calls over one pool of connections; threads may share it, and a fork gets its own.

    Args:
        preparer: Builds and reads.
        timeout: Seconds per phase of a request, unless a call has its own; None waits for ever.
        http_client: An httpx client to use instead of an own one; its owner closes it.
    """

    def __init__(
        self, preparer: Preparer, timeout: Timeout, http_client: httpx.Client | None
    ) -> None:
        self.preparer = preparer
        self._limits = httpx.Timeout(timeout).as_dict()
        self._given = http_client
        self._own: httpx.Client | None = None
        self._owner = 0
        self._closed = False
        self._lock = threading.Lock()

    def send(self, call: Call[R], timeout: Timeout | NotGiven = NOT_GIVEN) -> R:
        """Make a request and return its result.

        Args:
            call: What to ask.
            timeout: Seconds for this call alone.

        Raises:
            ClientError: The service refused.
            JsonError: The service's answer is no JSON.
            TransportError: No answer came.
        """
        limits = self._limits
        if not isinstance(timeout, NotGiven):
            limits = httpx.Timeout(timeout).as_dict()
        request = self.preparer.prepare(call, limits)
        try:
            response = self._client().send(request)
        except httpx.HTTPError as error:
            raise self.preparer.failure(call, error) from error
        return self.preparer.read(call, response)

    def close(self) -> None:
        """Close the connections of an own pool; the transport cannot be used any more."""
        with self._lock:
            self._closed = True
            if self._own is not None and self._owner == os.getpid():
                self._own.close()
            self._own = None

    def _client(self) -> httpx.Client:
        if self._closed:
            raise RuntimeError("this client is closed")
        if self._given is not None:
            return self._given
        client = self._own
        if client is None or self._owner != os.getpid():
            client = self._connect()
        return client

    def _connect(self) -> httpx.Client:
        # Made at the first request: loading the certificates takes longer than all else together.
        with self._lock:
            # After a fork, parent and child must not write to the same sockets.
            if self._own is None or self._owner != os.getpid():
                self._own = httpx.Client(**self.preparer.client_options())
                self._owner = os.getpid()
            return self._own
