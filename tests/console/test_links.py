"""Links that callers of the API ask for."""

from __future__ import annotations

from socket import socket
from typing import Any

import pytest
from starlette.types import ASGIApp

from batchcompute import Client
from batchcompute.exceptions import ClientError
from batchcompute.server import LocalServer
from batchcompute.server.api.http import HttpServer, url_of
from batchcompute.server.process import service
from tests.console.conftest import Browser


def test_client_asks_for_a_link(server: LocalServer) -> None:
    client = Client(server.endpoint, server.access_key_id, server.access_key_secret)
    link = client.create_console_link()
    assert link.Url.startswith(f"{server.console_endpoint}/login?token=")
    assert link.Url.partition("token=")[2] not in repr(link)
    browser = Browser(f"{link.Url}&to=/jobs?state=Failed")
    assert 'content="0;url=/jobs?state=Failed"' in browser.entered.text
    assert browser.get("/jobs").status_code == 200
    browser.http.close()


def test_service_without_a_console_says_so() -> None:
    with LocalServer(boot_seconds=0) as server:
        client = Client(server.endpoint, server.access_key_id, server.access_key_secret)
        with pytest.raises(ClientError, match="serve --console"):
            client.create_console_link()


def test_link_works_as_soon_as_the_api_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[int] = []

    class Awaited(HttpServer):
        """The API's server, with a caller who was waiting for it."""

        def __init__(self, application: ASGIApp, listener: socket, *rest: Any) -> None:
            super().__init__(application, listener, *rest)
            self._endpoint = url_of(listener, secure=False)

        def start(self) -> None:
            super().start()
            link = Client(self._endpoint, "ID", "SECRET").create_console_link().Url
            browser = Browser(link)
            answers.append(browser.get("/jobs").status_code)
            browser.http.close()

    monkeypatch.setattr(service, "HttpServer", Awaited)
    with LocalServer(access_key="ID:SECRET", boot_seconds=0, console_port=0):
        assert answers == [200]
