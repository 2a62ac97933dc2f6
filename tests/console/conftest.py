from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from batchcompute.server import LocalServer
from tests.emulator.wire import Wire, no_trust


class Browser:
    """A browser without a screen: cookies, and the headers that a browser sends of its own."""

    def __init__(self, link: str) -> None:
        self.origin = link.partition("/login")[0]
        self.http = httpx.Client(
            base_url=self.origin, timeout=60, trust_env=False, verify=no_trust()
        )
        self.entered = self.http.get(link, headers={"Sec-Fetch-Site": "none"})

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.http.get(path, headers={"Sec-Fetch-Site": "same-origin", **headers})

    def page(self, path: str) -> str:
        """Return a page that has to be there."""
        response = self.get(path)
        assert response.status_code == 200, response.text
        return response.text

    def token(self, path: str = "/jobs") -> str:
        found = re.search(r'data-token="([^"]+)"', self.page(path))
        assert found is not None
        return found[1]

    def post(self, path: str, fields: dict[str, Any], **headers: str) -> httpx.Response:
        """Send a form as one of the console's own pages does."""
        sent = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin", **headers}
        return self.http.post(path, data=fields, headers=sent)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server keeps everything."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def database(data: Path) -> str:
    """URL of the server's database."""
    return f"sqlite:///{data}/service.db"


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[LocalServer]:
    with LocalServer(data, boot_seconds=0.05, slots=4, console_port=0) as running:
        yield running


@pytest.fixture(scope="module")
def wire(server: LocalServer) -> Iterator[Wire]:
    client = Wire(server.endpoint, server.access_key_id, server.access_key_secret)
    yield client
    client.close()


@pytest.fixture
def browser(server: LocalServer) -> Iterator[Browser]:
    opened = Browser(server.console_link())
    yield opened
    opened.http.close()
