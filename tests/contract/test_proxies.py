"""Ways to the service that are set up outside of the program, as httpx understands them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from batchcompute import AsyncClient, Client
from batchcompute.server import LocalServer


class _Proxy(BaseHTTPRequestHandler):
    """Answers whatever it is asked for, and notes the address."""

    protocol_version = "HTTP/1.1"
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = b'{"Items": [], "NextMarker": ""}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, no_proxies: None) -> Iterator[list[str]]:
    """The addresses that a proxy, which the environment names, was asked for."""
    found: list[str] = []
    handler = type("Handler", (_Proxy,), {"asked": found})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.server_port}")
        yield found
        server.shutdown()
        thread.join()


def _list(kind: str, url: str, key: tuple[str, str]) -> int:
    if kind == "sync":
        with Client(url, *key, timeout=100, retry=None) as client:
            return client.list_jobs().StatusCode

    async def main() -> int:
        async with AsyncClient(url, *key, timeout=100, retry=None) as client:
            return (await client.list_jobs()).StatusCode

    return asyncio.run(main())


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_proxy_of_the_environment_is_used(kind: str, asked: list[str]) -> None:
    assert _list(kind, "http://batchcompute.example", ("id", "secret")) == 200
    assert asked == ["http://batchcompute.example/jobs?Marker&MaxItemCount=50"]


@pytest.mark.parametrize("kind", ["sync", "async"])
def test_service_on_this_machine_is_asked_without_a_proxy(
    kind: str, asked: list[str], service: LocalServer
) -> None:
    key = service.access_key_id, service.access_key_secret
    assert _list(kind, service.endpoint, key) == 200
    assert asked == []
