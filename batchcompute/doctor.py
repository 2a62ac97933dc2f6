"""Find out why requests do not work, and say it in plain words."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from batchcompute._http.response import Response
from batchcompute.client._sync.client import Client
from batchcompute.config import (
    Credentials,
    Endpoint,
    find_credentials,
    resolve_endpoint,
    sendable_credentials,
)
from batchcompute.exceptions import (
    AuthenticationError,
    ClientError,
    ConfigError,
    JsonError,
    RequestTimeoutError,
    TransportError,
)

#: The first thing that the owner of an old program wants to know.
OLD_PROGRAMS = """\
A program for 2.x runs unchanged: export BATCHCOMPUTE_ENDPOINT=http://HOST:PORT and start it.
It need not say security_conn: there, http:// means plain HTTP, and https:// is always verified.
"""

#: Seconds that the service allows a request's date to be wrong.
_ALLOWED_SKEW = 15 * 60
#: Seconds from which on it is worth a word.
_NOTABLE_SKEW = 30
_SILENT = "not checked, for want of a response"
_STRANGER = "not checked: that was not the service's response"
_WORDS = {
    "InvalidAccessKeyId.NotFound": "the service does not know this access key id",
    "InvalidAccessKeyId.Inactive": "the access key is switched off",
    "SignatureDoesNotMatch": "the access key secret does not belong to the access key id",
    "Forbidden": "the access key is known, but is not permitted to list jobs",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        name: What was checked: `endpoint`, `region`, `network`, `clock` or `credentials`.
        ok: Whether requests can work as far as this goes; None if it could not be found out.
        text: What was found, or what is wrong and what to do about it.
    """

    name: str
    ok: bool | None
    text: str


def examine(
    region: str = "",
    timeout: float = 10.0,
    environ: Mapping[str, str] = os.environ,
    connect: Callable[..., Client] = Client,
) -> list[Finding]:
    """Check everything that a request needs, with one request (GET /jobs).

    Args:
        region: Region, host or URL, as `Client` takes it; "" takes the environment's.
        timeout: Seconds to connect, and to wait for the response.
        environ: The environment.
        connect: Makes the client.

    Returns:
        The findings, in the order in which they should be dealt with.
    """
    try:
        endpoint = resolve_endpoint(region, None, environ)
    except ConfigError as error:
        return [Finding("endpoint", False, str(error))]
    source = _Source(environ)
    try:
        # Whatever the service thinks of the key, its response has a date.
        client = connect(endpoint.url, credentials=source, timeout=timeout, retry=None)
    except ConfigError as error:
        return [Finding("endpoint", False, str(error))]
    findings = [Finding("endpoint", True, _where(endpoint, environ)), _region(endpoint)]
    with client:
        try:
            response = client.with_raw_response.list_jobs("", 1)
        except ClientError as error:
            response = Response(error.operation, error.status, error.headers, b"")
            speaks = bool(response.request_id) and isinstance(error.content, dict)
            verdict = source.judge(error) if speaks else source.unknown(_STRANGER)
            return [*findings, _network(response, speaks), _clock(response), verdict]
        except (ConfigError, TransportError) as error:
            clock = Finding("clock", None, _SILENT)
            return [*findings, _silence(error), clock, source.unknown(_SILENT)]
    speaks = bool(response.request_id) and _is_object(response)
    verdict = source.accepted() if speaks else source.unknown(_STRANGER)
    return [*findings, _network(response, speaks), _clock(response), verdict]


def _is_object(response: Response) -> bool:
    try:
        response.object()
    except JsonError:
        return False
    return True


class _Source:
    """Looks for an access key, and remembers how that went."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._error = ""
        self._key = Credentials("nobody", "nothing")
        try:
            found = find_credentials(None, None, "", environ)
            if not isinstance(found, Credentials):
                found = sendable_credentials(found())
            self._key = found
        except ConfigError as error:
            self._error = str(error)

    def __call__(self) -> Credentials:
        return self._key

    def unknown(self, why: str) -> Finding:
        """Say that nothing was found out about the key, if there is one at all."""
        if self._error:
            return Finding("credentials", False, self._error)
        return Finding("credentials", None, why)

    def judge(self, error: ClientError) -> Finding:
        """Say what a refusal says about the key."""
        if self._error:
            return Finding("credentials", False, self._error)
        if not isinstance(error, AuthenticationError):
            text = f"not checked: the service refused with {error.status} {error.code}"
            return Finding("credentials", None, text)
        if error.code.startswith("InvalidTimeStamp"):
            return Finding("credentials", None, "not checked: the clock is wrong")
        text = _WORDS.get(error.code, f"the service refused: {error.code}, {error.msg}")
        return Finding("credentials", False, f"{self._key.access_key_id}: {text}")

    def accepted(self) -> Finding:
        """Say that the request was accepted."""
        if self._error:
            return Finding("credentials", False, self._error)
        return Finding("credentials", True, f"{self._key.access_key_id} was accepted")


def _where(endpoint: Endpoint, environ: Mapping[str, str]) -> str:
    redirected = environ.get("BATCHCOMPUTE_ENDPOINT", "").strip()
    why = " (from BATCHCOMPUTE_ENDPOINT)" if redirected and redirected in endpoint.url else ""
    plain = "" if endpoint.is_secure else ", not encrypted"
    return f"{endpoint.url}{why}{plain}"


def _region(endpoint: Endpoint) -> Finding:
    if endpoint.region:
        return Finding("region", True, endpoint.region)
    text = "not known from the endpoint; a service of your own does not need it"
    return Finding("region", True, text)


def _network(response: Response, speaks: bool) -> Finding:
    if speaks:
        return Finding("network", True, f"the service answered, request id {response.request_id}")
    server = response.headers.get("server") or "an unknown server"
    text = (
        f"something answers ({response.status}, {server}), but not like a BatchCompute service: "
        "it may be a proxy, or the wrong address"
    )
    return Finding("network", False, text)


def _silence(error: ConfigError | TransportError) -> Finding:
    if isinstance(error, ConfigError):
        return Finding("network", False, str(error))
    hint = "check the address, the network and the proxy settings"
    if isinstance(error, RequestTimeoutError):
        hint = "a firewall may swallow the request, or the service is overloaded"
    return Finding("network", False, f"{error}: {hint}")


def _clock(response: Response) -> Finding:
    skew = response.clock_skew()
    if skew is None:
        return Finding("clock", None, "the response has no date to compare with")
    way = "behind" if skew > 0 else "ahead"
    text = f"this machine's clock is {abs(skew):.0f} s {way}"
    if abs(skew) >= _ALLOWED_SKEW:
        text += "; more than 15 minutes are refused: set it, best by NTP"
        return Finding("clock", False, text)
    if abs(skew) >= _NOTABLE_SKEW:
        return Finding("clock", True, text + ", which is still accepted")
    return Finding("clock", True, "right")
