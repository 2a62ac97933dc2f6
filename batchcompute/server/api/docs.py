"""The page that shows the contract, at /docs. It holds no secret, so nobody has to sign for it."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import HTMLResponse, PlainTextResponse, Response

#: Written by `make docs-api`, and part of the wheel.
_PAGE = Path(__file__).resolve().parent.parent / "docs" / "index.html"

_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
_ABSENT = 'The page has not been made: run "make docs-api" in the checkout.\n'


def docs_page(method: str, path: str) -> Response | None:
    """Answer a request for the page; None if it asks for something else.

    Args:
        method: HTTP method.
        path: Path of the request, decoded.
    """
    if path.rstrip("/") != "/docs" or method not in ("GET", "HEAD"):
        return None
    try:
        text = _PAGE.read_text(encoding="utf-8")
    except FileNotFoundError:
        return PlainTextResponse(_ABSENT, 404)
    return HTMLResponse(text, headers={"Content-Security-Policy": _POLICY})
