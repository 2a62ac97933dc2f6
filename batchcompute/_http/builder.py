"""Build and sign requests."""

from __future__ import annotations

import ipaddress
import json
import platform
import re
import uuid
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from batchcompute._generated.api.facts.operations import OPERATIONS
from batchcompute._http.failures import ExchangeError
from batchcompute._http.headers import own_headers
from batchcompute._http.request import PreparedRequest, SignedRequest
from batchcompute._http.service_clock import ServiceClock
from batchcompute._http.signing import Signer, canonical_query
from batchcompute._version import __version__
from batchcompute.config import Credentials, Endpoint, sendable, sendable_credentials
from batchcompute.exceptions import ConfigError, RequestTimeoutError, TransportError

#: Characters of a URL, the limit of httpx.
_LONGEST_URL = 65536
#: Looks like an address, right or wrong.
_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}")
_USER_AGENT = f"batchcompute-python/{__version__} Python/{platform.python_version()}"


class RequestBuilder:
    """Builds and signs requests for one endpoint; never waits.

    Args:
        endpoint: Where requests go.
        credentials: The access key, or a function that returns it and is asked before each request.
        version: Version of the API to ask for.
        headers: Headers of the program, which replace ours; those named `x-acs-…` are signed too.
        clock: What dates requests; by default one of its own.

    Raises:
        TypeError: A header is neither a string nor a number.
        ConfigError: The version or a header cannot be sent, or the endpoint is unusable.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials | Callable[[], Credentials],
        version: str,
        headers: Mapping[str, object],
        clock: ServiceClock | None = None,
    ) -> None:
        try:
            _check_host(urlsplit(endpoint.url).hostname or "")
        except ValueError as error:
            raise ConfigError(f"the endpoint {endpoint.url!r} is unusable: {error}") from None
        self.endpoint = endpoint
        self.version = sendable("version", version)
        self.source = credentials
        self._headers = own_headers(headers)
        self._clock = clock or ServiceClock()
        self._template: _HeaderTemplate | None = None

    def with_headers(self, headers: Mapping[str, object]) -> RequestBuilder:
        """Return a builder that adds headers; this one if there are none."""
        if not headers:
            return self
        both = {**self._headers, **own_headers(headers)}
        return RequestBuilder(self.endpoint, self.source, self.version, both, self._clock)

    def with_version(self, version: str) -> RequestBuilder:
        """Return a builder for another version of the API."""
        return RequestBuilder(self.endpoint, self.source, version, self._headers, self._clock)

    def correct_clock(self, skew: float | None) -> bool:
        """Date further requests of the client by the service's clock.

        Args:
            skew: Seconds by which it is ahead of this machine's; None if it did not say.

        Returns:
            Whether the date of a repeat would differ.
        """
        # A date that the program gives is its own affair.
        return "date" not in self._headers and self._clock.correct(skew)

    def credentials(self, renewed: bool = False) -> Credentials:
        """Return the current credentials.

        Args:
            renewed: Whether the service has refused those before. A source that keeps credentials
                can have a method `refresh`, which is called then instead of the source itself.

        Raises:
            ConfigError: Their source has none, or none that can be sent.
        """
        source = self.source
        if isinstance(source, Credentials):
            return source
        refresh: Any = getattr(source, "refresh", None) if renewed else None
        found: Any = refresh() if callable(refresh) else source()
        if not isinstance(found, Credentials):
            # Never name the value: it may be the secret.
            raise ConfigError(
                f"the function given as credentials returned {type(found).__name__}, "
                "not Credentials"
            )
        return sendable_credentials(found)

    def build(
        self,
        prepared: PreparedRequest[Any],
        phases: Mapping[str, float | None],
        credentials: Credentials,
        token: str = "",
    ) -> SignedRequest:
        """Return an attempt of a request, newly dated and signed.

        Args:
            prepared: The request.
            phases: Seconds per phase, as httpx names the phases.
            credentials: The access key to sign with.
            token: Idempotency token to add to the query, or "".

        Raises:
            TypeError: A parameter has characters that no URL can have, or is too long for one.
        """
        # Threads may do this at the same time: each writes a whole template, and all are alike.
        template = self._template
        if template is None or template.credentials != credentials:
            template = self._template = _HeaderTemplate(
                self.endpoint, credentials, self.version, self._headers
            )
        request = prepared.request
        params = prepared.params
        if token:
            params = {**params, OPERATIONS[prepared.operation].token: token}
        try:
            query = canonical_query(params) if params else ""
        except UnicodeEncodeError as error:
            raise _unsendable(prepared, str(error)) from None
        origin = self.endpoint.url
        target = f"{request['url']}?{query}" if query else str(request["url"])
        if len(origin) + len(target) > _LONGEST_URL:
            raise _unsendable(prepared, "the URL would be too long")
        if not (target.isascii() and target.isprintable()):
            raise _unsendable(prepared, f"{target!r} is not printable ASCII")
        body = b""
        if "json" in request:
            try:
                text = json.dumps(request["json"], separators=(",", ":"), allow_nan=False)
            except ValueError:
                # Assignments refuse such numbers, but a response may have had one.
                why = "the body has NaN or an infinity, which JSON cannot write"
                raise TypeError(f"{prepared.operation}: {why}") from None
            body = text.encode("ascii")
        method = str(request["method"]).upper()
        headers = template.headers(method, target, len(body), self._clock.now())
        return SignedRequest(method, origin, target, headers, body, phases)

    def failure(self, prepared: PreparedRequest[Any], error: ExchangeError) -> TransportError:
        """Return our exception for a request that got no response."""
        where = f"{prepared.operation}: {self.endpoint.url}"
        if error.is_timeout:
            text = f"{where} did not respond in time ({error.name})"
            return RequestTimeoutError(text, prepared.operation)
        hint = ""
        if error.is_plain_http:
            hint = " (for a server that speaks plain HTTP, give http://… or security_conn=False)"
        text = f"{where} gave no response: {error.text or error.name}{hint}"
        return TransportError(text, prepared.operation)


class _HeaderTemplate:
    """The headers that all requests with one access key have, written and encoded once.

    Args:
        endpoint: Where the requests go.
        credentials: As whom.
        version: Version of the API to ask for.
        headers: Headers of the program, by lower-case names.
    """

    __slots__ = ("_date", "_fixed", "_nonce", "_signer", "credentials")

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        version: str,
        headers: Mapping[str, str],
    ) -> None:
        self.credentials = credentials
        fixed = {
            "host": urlsplit(endpoint.url).netloc,
            "accept": "application/json",
            "content-type": "application/json",
            "user-agent": _USER_AGENT,
            "x-acs-access-key-id": credentials.access_key_id,
            "x-acs-region-id": endpoint.region,
            "x-acs-security-token": credentials.security_token,
            "x-acs-signature-method": "HMAC-SHA1",
            "x-acs-signature-version": "1.0",
            "x-acs-version": version,
            **headers,
        }
        # These change with each request, unless the program has set them.
        self._date = fixed.pop("date", "")
        self._nonce = fixed.pop("x-acs-signature-nonce", "")
        fixed = {name: value for name, value in fixed.items() if value}
        self._signer = Signer(
            credentials.access_key_id, credentials.access_key_secret, fixed.items()
        )
        # As bytes: text would be looked at once more, name by name.
        self._fixed = [(name.encode(), value.encode("ascii")) for name, value in fixed.items()]

    def headers(
        self, method: str, target: str, length: int, now: float
    ) -> list[tuple[bytes, bytes]]:
        """Return the headers of a request, signed now.

        Args:
            method: HTTP method, in upper case.
            target: Path and query exactly as they are sent.
            length: Bytes of the body.
            now: Seconds since 1970.
        """
        date = self._date or _http_date(int(now))
        nonce = self._nonce or str(uuid.uuid4())
        signed = self._signer.authorization(method, target, date, nonce)
        return [
            *self._fixed,
            (b"content-length", b"%d" % length),
            (b"date", date.encode("ascii")),
            (b"x-acs-signature-nonce", nonce.encode("ascii")),
            (b"authorization", signed.encode("ascii")),
        ]


@lru_cache(maxsize=2)
def _http_date(second: int) -> str:
    return formatdate(second, usegmt=True)


def _check_host(host: str) -> None:
    """Check names that only look like a host's.

    Raises:
        ValueError: It is an impossible address, or no encoding of a name in another script.
    """
    if _ADDRESS.fullmatch(host):
        ipaddress.IPv4Address(host)
    elif host.startswith("xn--"):
        import httpx  # of all libraries here, the only one that decodes such names

        try:
            _ = httpx.URL(f"http://{host}").host
        except httpx.InvalidURL as error:
            raise ValueError(str(error)) from None


def _unsendable(prepared: PreparedRequest[Any], why: str) -> TypeError:
    return TypeError(f"{prepared.operation}: the arguments cannot be sent: {why}")
