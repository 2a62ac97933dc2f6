"""Links that callers of the API ask for."""

from __future__ import annotations

import pytest

from batchcompute import Client
from batchcompute.exceptions import ClientError
from batchcompute.server import LocalServer
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
