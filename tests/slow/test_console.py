"""The console on every kind of page and screen, and under a service that is killed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from batchcompute import Client
from batchcompute.server import LocalServer
from tests.console.checker import EVERYTHING, every_kind_of_page, findings
from tests.console.conftest import browser, data, database, server, wire
from tests.console.screens import needs_browser, running_browser
from tests.emulator.wire import Wire, task, until_there
from tests.ports import free_port
from tests.slow.restarting import Restarting

if TYPE_CHECKING:
    from playwright.sync_api import Browser

__all__ = ["browser", "data", "database", "server", "wire"]

pytestmark = needs_browser

_PATIENCE = 60_000
_AUTO: dict[str, Any] = {"AutoCluster": {"ImageId": "img-ubuntu", "InstanceType": "ecs.sn1.medium"}}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def paths(server: LocalServer, wire: Wire) -> list[str]:
    return every_kind_of_page(server, wire)


# Every two of these meet; nothing depends on all three.
@pytest.mark.parametrize(
    ("theme", "language", "width"),
    [
        ("light", "en-GB", 360),
        ("light", "zh-CN", 1280),
        ("dark", "en-GB", 1280),
        ("dark", "zh-CN", 360),
    ],
)
def test_checker_finds_nothing_on_any_page(
    chromium: Browser,
    server: LocalServer,
    paths: list[str],
    theme: Any,
    language: str,
    width: int,
) -> None:
    screen: Any = {"width": width, "height": 800}
    context = chromium.new_context(
        locale=language, color_scheme=theme, viewport=screen, bypass_csp=True
    )
    page = context.new_page()
    page.goto(f"{server.console_endpoint}/jobs")
    found = findings(page, EVERYTHING)
    page.goto(server.console_link())
    page.wait_for_url("**/jobs")
    for path in paths:
        page.goto(server.console_endpoint + path)
        page.wait_for_selector("html[data-ready]")
        found += findings(page, EVERYTHING)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{path} is wider than {width}")
    context.close()
    assert "\n".join(found) == ""


def test_service_that_is_killed_is_missed_and_found_again(
    chromium: Browser, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    gate = tmp_path / "gate"
    options = ["--boot-seconds", "0", "--console", f"127.0.0.1:{free_port()}"]
    with Restarting(tmp_path / "data", options=options) as service:
        endpoint = service.call(lambda wire: str(wire.http.base_url))
        context = chromium.new_context()
        page = context.new_page()
        page.goto(Client(endpoint, "testKey", "testSecret").create_console_link().Url)
        page.wait_for_url("**/jobs")
        described = {"long": task(until_there(gate), **_AUTO)}
        job = service.call(lambda wire: wire.job(described, Name="survivor"))
        state = page.locator(f"tr[id='{job}'] .state").first
        expect(state).to_have_text("Running", timeout=_PATIENCE)
        service.kill()
        expect(page.locator("#offline")).to_contain_text("does not answer", timeout=_PATIENCE)
        gate.touch()
        assert service.call(lambda wire: wire.ended(job))["State"] == "Finished"
        expect(state).to_have_text("Finished", timeout=_PATIENCE)
        expect(page.locator("#offline")).to_be_hidden(timeout=_PATIENCE)
        context.close()
