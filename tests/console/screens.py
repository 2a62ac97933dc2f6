"""A real browser, where this machine has one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_browser = pytest.mark.skipif(
    CHROMIUM is None, reason="this machine has no chromium (apt-get install chromium)"
)


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Run a browser without a screen."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        # The sandbox wants rights that containers and root do not have; only our pages are opened.
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def watch(page: Page, origin: str) -> list[str]:
    """Return a list that gets what must not happen: errors, and requests to elsewhere."""
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(origin) else wrong.append(f"request: {request.url}")
        ),
    )
    page.on(
        "console",
        lambda message: (
            wrong.append(f"console: {message.text}")
            if "Content Security Policy" in message.text
            else None
        ),
    )
    return wrong
