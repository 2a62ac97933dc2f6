"""With what requests are sent: a client of ours, or one that the program has set up."""

from __future__ import annotations

import asyncio
import copy
import pickle
import ssl
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchcompute import AsyncClient, Client, ClientError, ConfigError, Timeout
from batchcompute._http import environment, httpx_clients
from batchcompute.config import resolve_endpoint

_URL = "http://service.example:1"
_KEY = ("key-id", "s3cret-key")


class _FarSide:
    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        cookie = {"set-cookie": "route=node-7; Path=/"}
        return httpx.Response(200, json={"Id": "j"}, headers=cookie)


def _ask_twice(far_side: _FarSide, kind: str, given: bool, **options: Any) -> None:
    """Make two requests with a client of ours or a given one, of either kind."""
    transport = httpx.MockTransport(far_side)
    if kind == "sync":
        with httpx.Client(transport=transport, **options) as http_client:
            client = Client(_URL, *_KEY, http_client=http_client if given else None)
            for _ in range(2):
                client.create_cluster({"Name": "n", "ImageId": "img-1", "Groups": {}})
        return

    async def main() -> None:
        async with httpx.AsyncClient(transport=transport, **options) as http_client:
            client = AsyncClient(_URL, *_KEY, http_client=http_client if given else None)
            for _ in range(2):
                await client.create_cluster({"Name": "n", "ImageId": "img-1", "Groups": {}})

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_own_client_keeps_no_cookies(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    far_side = _FarSide()
    options = {"transport": httpx.MockTransport(far_side)}
    monkeypatch.setattr(httpx_clients, "client_options", lambda endpoint: options)
    monkeypatch.setattr(environment, "may_have_proxy", lambda endpoint: True)

    _ask_twice(far_side, kind, given=False)

    assert ["cookie" in request.headers for request in far_side.requests] == [False, False]


def test_cookies_cannot_be_put_on_an_own_client() -> None:
    with httpx_clients.OwnClient() as own, pytest.raises(AttributeError, match="no cookies"):
        own.cookies = {"a": "b"}
    other = httpx_clients.OwnAsyncClient()
    with pytest.raises(AttributeError, match="no cookies"):
        other.cookies = {"a": "b"}
    asyncio.run(other.aclose())


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_given_client_sends_its_cookies_and_headers_besides_ours(kind: str) -> None:
    far_side = _FarSide()
    headers = {"X-Corp": "7", "User-Agent": "theirs", "Content-MD5": "?", "X-Acs-Other": "?"}

    _ask_twice(far_side, kind, True, headers=headers, cookies={"login": "yes"})

    first, second = (request.headers for request in far_side.requests)
    assert (first["cookie"], second["cookie"]) == ("login=yes", "login=yes; route=node-7")
    assert first["x-corp"] == "7"
    assert first["user-agent"].startswith("batchcompute-python/")
    # They would be signed, and are not.
    assert "content-md5" not in first
    assert "x-acs-other" not in first


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_hooks_of_a_given_client_see_the_whole_request(kind: str) -> None:
    seen: list[tuple[str, bytes]] = []

    def look(request: httpx.Request) -> None:
        seen.append((request.method, request.content))

    async def look_async(request: httpx.Request) -> None:
        look(request)

    hook = look if kind == "sync" else look_async
    _ask_twice(_FarSide(), kind, True, event_hooks={"request": [hook]})

    (method, content), _ = seen
    assert method == "POST"
    assert content.startswith(b'{"')


@pytest.mark.parametrize("timeout", [60, Timeout(total=60)], ids=["phases", "total"])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_given_client_neither_follows_a_redirect_nor_signs_in_our_place(
    kind: str, timeout: Any
) -> None:
    asked: list[httpx.Request] = []

    def far_side(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(302, headers={"location": "http://elsewhere.example/"})

    options: dict[str, Any] = {
        "transport": httpx.MockTransport(far_side),
        "follow_redirects": True,
        "auth": ("user", "password"),
    }
    mine: dict[str, Any] = {"security_token": "t0ken", "timeout": timeout, "retry": None}

    def ask() -> None:
        with httpx.Client(**options) as http_client:
            Client(_URL, *_KEY, http_client=http_client, **mine).get_job("j")

    async def ask_async() -> None:
        async with httpx.AsyncClient(**options) as http_client:
            await AsyncClient(_URL, *_KEY, http_client=http_client, **mine).get_job("j")

    with pytest.raises(ClientError) as caught:
        ask() if kind == "sync" else asyncio.run(ask_async())

    assert caught.value.status == 302
    # The token is for the service alone, wherever a redirect points.
    (request,) = asked
    assert request.headers["authorization"].startswith("acs key-id:")


def _phases(client: Any) -> dict[str, float | None]:
    return dict(client._options.limits.phases)


@pytest.mark.parametrize(
    ("kind", "own"), [(Client, httpx.Client), (AsyncClient, httpx.AsyncClient)]
)
def test_timeout_of_a_given_client_counts_unless_the_program_says_otherwise(
    kind: type[Any], own: type[Any]
) -> None:
    theirs = httpx.Timeout(0.5, connect=2)
    client = kind(_URL, *_KEY, http_client=own(timeout=theirs))
    assert _phases(client) == theirs.as_dict()
    assert _phases(client.with_options(retry=None)) == theirs.as_dict()
    assert _phases(client.with_options(timeout=7))["read"] == 7
    for given, read in ((3, 3), (Timeout(), 60), (None, None)):
        client = kind(_URL, *_KEY, http_client=own(timeout=theirs), timeout=given)
        assert _phases(client)["read"] == read
    assert _phases(kind(_URL, *_KEY, http_client=own(timeout=None)))["read"] is None
    # What every httpx client has that nobody has told anything.
    assert _phases(kind(_URL, *_KEY, http_client=own()))["read"] == 60


@pytest.mark.parametrize(
    ("kind", "wanted", "other"),
    [(Client, "Client", httpx.AsyncClient), (AsyncClient, "AsyncClient", httpx.Client)],
)
def test_given_client_of_another_kind_is_refused_at_once(
    kind: type[Any], wanted: str, other: type[Any]
) -> None:
    for wrong in (other(), other, "http://user:planted@proxy.example"):
        with pytest.raises(TypeError, match=rf"must be an httpx\.{wanted}, not") as caught:
            kind(_URL, *_KEY, http_client=wrong)
        assert "planted" not in str(caught.value)


def test_given_client_that_belongs_to_another_event_loop_is_named() -> None:
    class Bound(httpx.AsyncBaseTransport):
        home: asyncio.AbstractEventLoop | None = None

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.home = self.home or asyncio.get_running_loop()
            if self.home is not asyncio.get_running_loop() or request.url.path.endswith("/bad"):
                raise RuntimeError("Event loop is closed")
            return httpx.Response(200, json={"Id": "j"})

    client = AsyncClient(_URL, *_KEY, http_client=httpx.AsyncClient(transport=Bound()))

    async def main(job: str) -> str:
        return (await client.get_job(job)).Id

    assert asyncio.run(main("j")) == "j"
    with pytest.raises(RuntimeError, match="give each event loop its own") as caught:
        asyncio.run(main("j"))
    assert str(caught.value.__cause__) == "Event loop is closed"

    # In its own event loop, an error is what it was.
    other = AsyncClient(_URL, *_KEY, http_client=httpx.AsyncClient(transport=Bound()))

    async def twice() -> None:
        for _ in range(2):
            with pytest.raises(RuntimeError, match=r"^Event loop is closed$"):
                await other.get_job("bad")

    asyncio.run(twice())


@pytest.mark.parametrize("kind", [Client, AsyncClient])
@pytest.mark.parametrize("take", [pickle.dumps, copy.deepcopy], ids=["pickle", "deepcopy"])
def test_client_does_not_travel_and_says_what_to_do(
    kind: type[Any], take: Callable[[Any], Any]
) -> None:
    client = kind(_URL, *_KEY)
    with pytest.raises(TypeError, match="make one in each process") as caught:
        take(client)
    assert _KEY[1] not in str(caught.value)

    shared = copy.copy(client)
    shared.version = "2020-01-01"
    assert (client.version, shared._transport) == ("2015-11-11", client._transport)


def test_certificates_are_loaded_once_per_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)
    endpoint = resolve_endpoint("https://service.example", environ={})
    usual = httpx_clients.client_options(endpoint)["verify"]
    assert httpx_clients.client_options(endpoint)["verify"] is usual
    assert usual.verify_mode is ssl.CERT_REQUIRED
    assert usual.check_hostname
    assert usual.cert_store_stats()["x509_ca"] > 0

    monkeypatch.setenv("SSL_CERT_DIR", str(Path(__file__).parent))
    other = httpx_clients.client_options(endpoint)["verify"]
    assert other is not usual
    assert other.cert_store_stats()["x509_ca"] == 0
    # A service on this machine may well have a certificate of its own; only its proxies are not.
    here = httpx_clients.client_options(resolve_endpoint("https://127.0.0.1:1", environ={}))
    assert here["verify"] is other
    assert here["trust_env"] is False


def _ask(kind: str, url: str) -> None:
    if kind == "sync":
        with Client(url, *_KEY, retry=None) as client:
            client.get_job("j")
        return

    async def main() -> None:
        async with AsyncClient(url, *_KEY, retry=None) as client:
            await client.get_job("j")

    asyncio.run(main())


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_certificates_that_cannot_be_loaded_are_named(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    for place in (tmp_path / "none.pem", empty):
        monkeypatch.setenv("SSL_CERT_FILE", str(place))
        with pytest.raises(ConfigError, match=rf"SSL_CERT_FILE={place}"):
            _ask(kind, "https://service.invalid")


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize(
    "proxy",
    [
        "ftp://u:planted@h",
        "socks5://u:planted@h:1",
        "http://u:planted@h:x",
        "http://u:planted@1.2.3.256",
    ],
)
def test_proxy_that_cannot_be_used_is_a_configuration_error(
    kind: str, proxy: str, monkeypatch: pytest.MonkeyPatch, no_proxies: None
) -> None:
    # As if it were not installed, which httpx finds out in just this way.
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("ALL_PROXY", proxy)
    with pytest.raises(ConfigError, match="proxy") as caught:
        _ask(kind, "http://service.invalid")
    assert "planted" not in "".join(traceback.format_exception(caught.value))


def test_plain_connection_trusts_no_certificate() -> None:
    endpoint = resolve_endpoint("http://service.example", environ={})

    assert httpx_clients.client_options(endpoint)["verify"].cert_store_stats()["x509_ca"] == 0
