"""Checks of every request, and the headers that limit what a page may do.

Nothing but the sign-in and the style is answered to strangers. Whatever a page shows, it can run no
script but the service's own files, and load nothing from anywhere else.
"""

from __future__ import annotations

import hmac
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response

from batchcompute.server.api.hosts import HostCheck
from batchcompute.server.console.sessions import Session, Sessions

#: Sent with every answer.
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

#: Where the token of a change may stand, besides the field `token` of a form.
TOKEN_HEADER: Final = "x-console-token"

_SAFE = ("GET", "HEAD")


class Guard:
    """Decides which requests are heard."""

    def __init__(
        self, sessions: Sessions, hosts: HostCheck, port: int, *, is_secure: bool = False
    ) -> None:
        """Bind the parts.

        Args:
            sessions: Who is signed in.
            hosts: Under which names the console may be asked.
            port: Where it listens; browsers share cookies between all ports of a machine.
            is_secure: TLS is spoken there.
        """
        self._sessions = sessions
        self._hosts = hosts
        self._is_secure = is_secure
        self.cookie = f"batchcompute-console-{port}"

    def knows_host(self, request: Request) -> bool:
        """Say whether the request is for a name that this service can have."""
        return self._hosts.allows(request.headers.get("host", "").encode("latin-1"))

    def session(self, request: Request) -> Session | None:
        """Return the session of a request, or None."""
        return self._sessions.find(request.cookies.get(self.cookie, ""))

    def comes_from_here(self, request: Request) -> bool:
        """Say whether a request was made by one of our own pages."""
        site = request.headers.get("sec-fetch-site", "same-origin")
        origin = request.headers.get("origin", "")
        return site == "same-origin" and origin == f"{request.url.scheme}://{_host(request)}"

    def may_change(self, request: Request, session: Session, token: str) -> bool:
        """Say whether a request may change something.

        Args:
            request: The request.
            session: Its session.
            token: What the page has sent as its token.
        """
        return self.comes_from_here(request) and hmac.compare_digest(
            session.token.encode(), token.encode()
        )

    def sign_in(self, response: Response, cookie: str, seconds: int) -> None:
        """Give a browser its session."""
        response.set_cookie(
            self.cookie,
            cookie,
            max_age=seconds,
            httponly=True,
            samesite="strict",
            secure=self._is_secure,
            path="/",
        )

    def sign_out(self, response: Response) -> None:
        """Take a browser's session away."""
        response.delete_cookie(self.cookie, httponly=True, samesite="strict", path="/")


def is_safe(request: Request) -> bool:
    """Say whether a request only reads."""
    return request.method in _SAFE


def came_from_elsewhere(request: Request) -> bool:
    """Say whether somebody followed a link from another site, as of a chat.

    A browser keeps a strict cookie back then, and sends it when the page asks once more by itself.
    """
    return request.headers.get("sec-fetch-site") == "cross-site" and is_safe(request)


def own_path(text: str) -> str:
    """Return a path of this console, or its first page if the text is anything else."""
    parts = urlsplit(text)
    if parts.scheme or parts.netloc or not text.startswith("/") or text.startswith(("//", "/\\")):
        return "/"
    return quote(parts.path, safe="/%:@!$&'()*+,;=~-._") + (
        f"?{parts.query}" if parts.query else ""
    )


def _host(request: Request) -> str:
    return request.headers.get("host", "")
