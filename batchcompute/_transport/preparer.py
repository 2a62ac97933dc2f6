"""Requests, built and signed."""

from __future__ import annotations

import json
import platform
import uuid
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpx
from batchcompute_api.operations import OPERATIONS

from batchcompute._transport.call import Call
from batchcompute._version import __version__
from batchcompute.config import Credentials, Endpoint
from batchcompute.exceptions import RequestTimeoutError, TransportError
from batchcompute.signing import authorization, canonical_query

_USER_AGENT = f"batchcompute-python/{__version__} Python/{platform.python_version()}"


class Preparer:
    """Builds and signs requests for one endpoint, and reads answers; never waits.

    Args:
        endpoint: Where requests go.
        credentials: As whom; a function is asked before each request, for keys that change.
        version: Version of the API to ask for.
        headers: Headers of the program, which replace ours; those named `x-acs-…` are signed too.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials | Callable[[], Credentials],
        version: str,
        headers: Mapping[str, str],
    ) -> None:
        self.endpoint = endpoint
        self.version = version
        self.source = credentials
        self._headers = {name.lower(): str(value) for name, value in headers.items()}
        self._headers.pop("authorization", None)
        self._host = urlsplit(endpoint.url).netloc

    def with_headers(self, headers: Mapping[str, str]) -> Preparer:
        """Return a copy that sends these headers too."""
        return Preparer(
            self.endpoint, self.source, self.version, {**self._headers, **_lower(headers)}
        )

    def credentials(self) -> Credentials:
        """Return the credentials of this moment.

        Raises:
            ConfigError: Their source has none.
        """
        source = self.source
        return source if isinstance(source, Credentials) else source()

    def prepare(
        self,
        call: Call[Any],
        phases: Mapping[str, float | None],
        credentials: Credentials,
        token: str = "",
    ) -> httpx.Request:
        """Return a newly dated and signed request of a call.

        Args:
            call: What to ask.
            phases: Seconds per phase, as httpx names the phases.
            credentials: As whom.
            token: Idempotency token to add to the query, or "".
        """
        request = call.request
        params = request.get("params") or {}
        if token:
            params = {**params, OPERATIONS[call.operation].token: token}
        query = canonical_query(params) if params else ""
        target = f"{request['url']}?{query}" if query else str(request["url"])
        body = None
        if "json" in request:
            body = json.dumps(request["json"], separators=(",", ":")).encode("ascii")
        headers = {
            "host": self._host,
            "accept": "application/json",
            "content-type": "application/json",
            "content-length": str(len(body)) if body else "0",
            "date": formatdate(usegmt=True),
            "user-agent": _USER_AGENT,
            "x-acs-access-key-id": credentials.access_key_id,
            "x-acs-region-id": self.endpoint.region,
            "x-acs-security-token": credentials.security_token,
            "x-acs-signature-method": "HMAC-SHA1",
            "x-acs-signature-nonce": str(uuid.uuid4()),
            "x-acs-signature-version": "1.0",
            "x-acs-version": self.version,
            **self._headers,
        }
        headers = {name: value for name, value in headers.items() if value}
        method = str(request["method"]).upper()
        headers["authorization"] = authorization(
            credentials.access_key_id,
            credentials.access_key_secret,
            method,
            target,
            headers.items(),
        )
        return httpx.Request(
            method,
            _parse_url(self.endpoint.url + target),
            # As bytes: text would be looked at once more, name by name.
            headers=[(name.encode(), value.encode("ascii")) for name, value in headers.items()],
            content=body,
            extensions={"timeout": phases},
        )

    def failure(self, call: Call[Any], error: Exception) -> TransportError:
        """Return our exception for a request that got no answer."""
        where = f"{call.operation}: {self.endpoint.url}"
        if isinstance(error, httpx.TimeoutException):
            text = f"{where} did not answer in time ({type(error).__name__})"
            return RequestTimeoutError(text, call.operation)
        hint = ""
        if self.endpoint.is_secure and "SSL" in str(error):
            hint = " (for a server that speaks plain HTTP, give http://… or security_conn=False)"
        text = f"{where} gave no answer: {error or type(error).__name__}{hint}"
        return TransportError(text, call.operation)


@lru_cache(maxsize=512)
def _parse_url(url: str) -> httpx.URL:
    # Parsing takes as long as all the rest of a request, and who polls asks for the same again.
    return httpx.URL(url)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
