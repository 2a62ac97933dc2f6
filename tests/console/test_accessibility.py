"""What a checker of accessibility finds on the pages: contrast, names, roles, structure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from batchcompute.server import LocalServer
from tests.console.checker import COLOURS, EVERYTHING, MAIN_PAGES, every_kind_of_page, findings
from tests.console.screens import needs_browser, running_browser
from tests.emulator.wire import Wire

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = needs_browser


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running_browser() as browser:
        yield browser


def test_checker_finds_nothing_in_light_and_in_dark(
    chromium: Browser, server: LocalServer, wire: Wire
) -> None:
    paths = every_kind_of_page(server, wire)
    context = chromium.new_context(locale="en-GB", bypass_csp=True)
    page = context.new_page()
    page.goto(f"{server.console_endpoint}/jobs")
    found = findings(page, EVERYTHING)
    page.goto(server.console_link())
    page.wait_for_url("**/jobs")
    page.wait_for_selector("html[data-ready]")
    page.locator("#pause").click()
    # The slow tier has all of them, in both languages and on narrow screens.
    for path in paths[:MAIN_PAGES]:
        page.emulate_media(color_scheme="light")
        page.goto(server.console_endpoint + path)
        page.wait_for_selector("html[data-ready]")
        found += findings(page, EVERYTHING)
        page.emulate_media(color_scheme="dark")
        found += findings(page, COLOURS)
    context.close()
    assert "\n".join(found) == ""
