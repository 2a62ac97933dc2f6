"""The API reference in a real browser: complete, without an error, without a request elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from urllib.request import urlopen

import pytest

from batchcompute.server import LocalServer
from codegen.docs_page.__main__ import SERVED, page
from codegen.document import operations, read

_ROOT = Path(__file__).parents[2]
_DOCUMENT = read(_ROOT / "spec" / "openapi.yaml")
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

needs_page = pytest.mark.skipif(not SERVED.exists(), reason='run "make docs-api"')
needs_chromium = pytest.mark.skipif(_CHROMIUM is None, reason="there is no chromium")


def _open(url: str, profile: Path) -> tuple[str, list[str]]:
    """Return what the browser has made of a page, and what its console says."""
    assert _CHROMIUM is not None
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-sync",
        "--disable-background-networking",
        "--disable-component-update",
        "--enable-logging=stderr",
        "--virtual-time-budget=10000",
        "--dump-dom",
    ]
    done = subprocess.run(
        [_CHROMIUM, *flags, f"--user-data-dir={profile}", url],
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=True,
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]


@needs_page
@needs_chromium
def test_served_page_lists_every_operation_and_says_nothing_on_the_console(tmp_path: Path) -> None:
    with LocalServer(boot_seconds=0) as server:
        text, console = _open(f"{server.endpoint}/docs", tmp_path)

    assert console == []
    shown = set(re.findall(r'id="operations-[a-z_]+?-([a-z]+_[a-z_]+)"', text))
    assert {operation["operationId"] for _, _, operation in operations(_DOCUMENT)} <= {
        *shown,
        *(name.partition("-")[2] for name in shown),
    }
    for path, _, _ in operations(_DOCUMENT):
        assert f'data-path="{path}"' in unescape(text)


@needs_chromium
def test_console_error_and_request_elsewhere_would_be_seen(tmp_path: Path) -> None:
    # Otherwise an empty console would prove nothing.
    broken = tmp_path / "broken.html"
    broken.write_text(
        page(_DOCUMENT, "console.error('broken'); SwaggerUIBundle = () => 0;", "").replace(
            "<body>", '<body><img src="http://elsewhere.test/x.png">'
        ),
        encoding="utf-8",
    )

    _, console = _open(broken.as_uri(), tmp_path / "profile")

    assert any("broken" in line for line in console)
    assert any("elsewhere.test" in line and "Content Security Policy" in line for line in console)


@needs_page
def test_served_page_needs_no_signature_and_allows_no_request_elsewhere(no_proxies: None) -> None:
    with LocalServer(boot_seconds=0) as server, urlopen(f"{server.endpoint}/docs") as answer:
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        text = answer.read().decode()

    assert not re.search(r'<(script|link|img)[^>]+(src|href)="(?!data:)', text[:4000])


def test_page_text_of_the_contract_cannot_end_its_script() -> None:
    document = {**_DOCUMENT, "info": {**_DOCUMENT["info"], "title": "</script><script>alert(1)"}}

    text = page(document, "bundle('</script>')", "")

    assert text.count("</script>") == 2
