"""Send through httpx: over proxies, clients of programs, and everything asynchronous."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypedDict, TypeVar

import httpx

from batchcompute._http import environment
from batchcompute._http.failures import ExchangeError
from batchcompute._http.request import SignedRequest
from batchcompute._http.response import Headers, Received
from batchcompute._http.signing import is_signed
from batchcompute.config import Endpoint
from batchcompute.exceptions import ConfigError

C = TypeVar("C")

#: Connections that are open at once at the most, and kept open for the next requests.
MAX_CONNECTIONS = 100


class _Sending(TypedDict):
    auth: None
    follow_redirects: bool


#: How requests are sent, whatever a client that a program gives does with its own: they are signed
#: already, and their security token is for nobody else.
AS_IT_IS: Final[_Sending] = {"auth": None, "follow_redirects": False}


class HttpxSender:
    """Sends the requests of a `Client` through httpx.

    Args:
        client: What to send with.
        is_given: Whether it belongs to the program, which may have set cookies and headers on it.
    """

    def __init__(self, client: httpx.Client, is_given: bool) -> None:
        self._client = client
        self._is_given = is_given

    def send(self, request: SignedRequest, seconds_left: Callable[[], float | None]) -> Received:
        """Send a request and return its response.

        Args:
            request: The request.
            seconds_left: Returns the seconds until the whole call must be over, or None.

        Raises:
            ExchangeError: The request got no response.
        """
        asked = httpx_request(request)
        if self._is_given:
            add_what_is_sent_with(self._client, asked)
        try:
            if seconds_left() is None:
                return received(self._client.send(asked, **AS_IT_IS))
            return self._send_within(asked, seconds_left)
        except httpx.HTTPError as error:
            raise exchange_error(error) from error

    def close(self) -> None:
        """Close the connections of a client of ours; others belong to the program."""
        if not self._is_given:
            self._client.close()

    def _send_within(
        self, asked: httpx.Request, seconds_left: Callable[[], float | None]
    ) -> Received:
        # Bytes that keep trickling in satisfy the limit of each read, so the whole is watched too.
        response = self._client.send(asked, stream=True, **AS_IT_IS)
        try:
            parts: list[bytes] = []
            for part in response.iter_bytes():
                parts.append(part)
                if (seconds_left() or 0.0) <= 0:
                    raise ExchangeError("ReadTimeout", "the total time is over")
        finally:
            response.close()
        return Received(response.status_code, Headers(response.headers.raw), b"".join(parts))


def httpx_request(request: SignedRequest) -> httpx.Request:
    """Convert a request for httpx."""
    return httpx.Request(
        request.method,
        _parse_url(request.origin + request.target),
        headers=request.headers,
        # Of a stream, httpx takes the headers for complete, which they are.
        stream=httpx.ByteStream(request.body),
        extensions={"timeout": request.timeouts},
    )


def received(response: httpx.Response) -> Received:
    """Convert a response of httpx that was read."""
    return Received(response.status_code, Headers(response.headers.raw), response.content)


def decoded(encoded: Received) -> Received:
    """Return a response with its body as it was before it was compressed.

    Raises:
        ExchangeError: The body is broken.
    """
    status, headers, body = encoded
    try:
        return received(httpx.Response(status, headers=list(headers.items()), content=body))
    except httpx.HTTPError as error:
        raise exchange_error(error) from error


def exchange_error(error: httpx.HTTPError) -> ExchangeError:
    """Convert an error of httpx."""
    # Transports of programs may have classes of their own below those of httpx.
    known = next(kind for kind in type(error).__mro__ if kind.__module__.startswith("httpx"))
    return ExchangeError(known.__name__, str(error))


@lru_cache(maxsize=512)
def _parse_url(url: str) -> httpx.URL:
    # Parsing takes as long as all the rest of a request, and who polls asks for the same again.
    return httpx.URL(url)


def own_client(kind: Callable[..., C], endpoint: Endpoint) -> C:
    """Return an httpx client of ours.

    Args:
        kind: Its class.
        endpoint: Where its requests go.

    Raises:
        ConfigError: The environment names certificates or a proxy that cannot be used.
    """
    options = client_options(endpoint)
    try:
        return kind(**options)
    except ImportError as error:
        raise ConfigError(f"the proxy of the environment cannot be used: {error}") from None
    except (httpx.InvalidURL, ValueError):
        # Never name the value: a proxy may have a password.
        raise ConfigError(
            "a proxy of the environment (HTTP_PROXY, HTTPS_PROXY or ALL_PROXY) cannot be used: "
            "it must be http://HOST:PORT or the like"
        ) from None


def client_options(endpoint: Endpoint) -> dict[str, Any]:
    """Return what an httpx client of ours is made with.

    Args:
        endpoint: Where its requests go.
    """
    return {
        # Without TLS nothing is verified, so the certificates need not be loaded; a client
        # without any would refuse every server if it were ever asked to speak TLS.
        "verify": environment.trusted() if endpoint.is_secure else _trusting_nobody(),
        "follow_redirects": False,
        # A proxy of the environment cannot reach a service on this machine.
        "trust_env": not endpoint.is_loopback,
        "limits": httpx.Limits(
            max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS
        ),
    }


def _trusting_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class _NoCookies(httpx.Cookies):
    """Keeps none of the cookies that answers bring."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave the cookies of a response where they are."""


_NO_COOKIES = _NoCookies()


class _Cookieless:
    """A cookie jar that stays empty, for the clients of this package.

    The service has none and our requests send none, but looking for them in each response takes
    longer than building and signing the request.
    """

    @property
    def cookies(self) -> httpx.Cookies:
        """Return no cookies, ever."""
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        raise AttributeError("this client keeps no cookies")


class OwnClient(_Cookieless, httpx.Client):
    """An httpx client without cookies."""


class OwnAsyncClient(_Cookieless, httpx.AsyncClient):
    """An asynchronous httpx client without cookies."""


def add_what_is_sent_with(client: httpx.Client | httpx.AsyncClient, request: httpx.Request) -> None:
    """Add to a request the cookies and headers that a program has set on its own client.

    Ours win, and nothing is added that the signature would have to cover.

    Args:
        client: The program's client.
        request: The request, which is changed.
    """
    # Hooks of the program may want to look at the body.
    request.read()
    for name, value in client.headers.items():
        if name not in request.headers and not is_signed(name):
            request.headers[name] = value
    if client.cookies:
        client.cookies.set_cookie_header(request)
