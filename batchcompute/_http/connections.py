"""The httpx clients that requests are sent with: ours, and those that programs give."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final, TypedDict, TypeVar

import httpx

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
        "verify": trusted() if endpoint.is_secure else _trusting_nobody(),
        "follow_redirects": False,
        # A proxy of the environment cannot reach a service on this machine.
        "trust_env": not endpoint.is_loopback,
        "limits": httpx.Limits(
            max_connections=MAX_CONNECTIONS, max_keepalive_connections=MAX_CONNECTIONS
        ),
    }


def trusted() -> ssl.SSLContext:
    """Return the certificates that httpx trusts, loaded once in a process.

    Loading takes longer than a request, and old programs make a client for each of theirs.

    Raises:
        ConfigError: The environment names some that cannot be loaded.
    """
    places = {name: os.environ.get(name) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
    try:
        return _load(*places.values())
    except OSError as error:
        # The first that is set is the one that counts.
        named = next((f"{name}={value}" for name, value in places.items() if value), "httpx")
        raise ConfigError(f"the certificates of {named} cannot be loaded: {error}") from None


@lru_cache(maxsize=8)
def _load(*_places: str | None) -> ssl.SSLContext:
    return httpx.create_ssl_context(verify=True, trust_env=True)


def _trusting_nobody() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


class _NoCookies(httpx.Cookies):
    """Keeps none of the cookies that answers bring."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave the cookies of an answer where they are."""


_NO_COOKIES = _NoCookies()


class _Cookieless:
    """What a client of ours has in place of cookies.

    The service has none and our requests send none, but looking for them in each answer takes
    longer than building and signing the request.
    """

    @property
    def cookies(self) -> httpx.Cookies:
        """No cookies, ever."""
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
