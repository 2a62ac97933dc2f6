"""The console's ASGI application: every request passes the guard, and goes to its page."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from batchcompute.server.console import guard as guards
from batchcompute.server.console.context import Console, Parts
from batchcompute.server.console.guard import Guard
from batchcompute.server.console.languages import LANGUAGES
from batchcompute.server.console.pages import (
    apps,
    clusters,
    instances,
    jobs,
    objects,
    service,
    tasks,
)
from batchcompute.server.console.sessions import SESSION_SECONDS, Session, Sessions
from batchcompute.server.console.sweeps import Sweeps
from batchcompute.server.console.view import (
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    View,
    render_plain,
)
from batchcompute.server.model.caller import Role
from batchcompute.server.model.errors import ApiError

logger = logging.getLogger("batchcompute.server.console")

Page: TypeAlias = Callable[[View], Response]
Action: TypeAlias = Callable[[View], Awaitable[Response]]

_STATIC = Path(__file__).resolve().parent / "static"
_FILES: Final = {
    "console.css": "text/css",
    "console.js": "text/javascript",
    "htmx.min.js": "text/javascript",
    "idiomorph-ext.min.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}

#: Bytes of a form at the most.
_MOST_FORM = 4 * 1024 * 1024
#: Seconds that a page stays the same while nothing has been committed: what it says of waiting has
#: the time in it.
_SAME_SECONDS = 10

#: Pages that change with the database alone, and the time.
_PAGES: Final[dict[str, Page]] = {
    "/jobs": jobs.jobs,
    "/jobs/{job}": jobs.job,
    "/jobs/{job}/tasks/{task}": tasks.task,
    "/jobs/{job}/tasks/{task}/cells": tasks.cells,
    "/clusters": clusters.clusters,
    "/clusters/{cluster}": clusters.cluster,
    "/images": apps.images,
    "/apps": apps.apps,
    "/apps/{app}": apps.app,
}
#: Those that change with something else as well.
_LIVE_PAGES: Final[dict[str, Page]] = {
    "/jobs/{job}/tasks/{task}/instances/{instance}": instances.instance,
    "/jobs/{job}/tasks/{task}/instances/{instance}/log": instances.log,
    "/jobs/{job}/tasks/{task}/instances/{instance}/{stream}": instances.download,
    "/objects": objects.objects,
    "/objects/{bucket}/{key:path}": objects.folder,
    "/service": service.service,
}
#: Everything that changes something of the service.
ACTIONS: Final[dict[str, Action]] = {
    "/jobs": jobs.act,
    "/clusters/{cluster}": clusters.change_cluster,
    "/apps/{app}": apps.run_app,
    "/objects": objects.create_bucket,
    "/objects/{bucket}/{key:path}": objects.change,
}


class ConsoleApplication:
    """Answers browsers."""

    def __init__(self, parts: Parts, sessions: Sessions, guard: Guard) -> None:
        """Bind the parts.

        Args:
            parts: What is shown.
            sessions: Who is signed in.
            guard: Which requests are heard.
        """
        self._console = Console(parts, Sweeps(parts.service), secrets.token_hex(4))
        self._sessions = sessions
        self._guard = guard
        routes = [
            Route("/", _home),
            Route("/login", self._sign_in),
            Route("/static/{name}", _file),
            Route("/logout", self._change(self._sign_out), methods=["POST"]),
            Route("/preferences", self._change(_prefer), methods=["POST"]),
            *(Route(path, self._show(page, same=True)) for path, page in _PAGES.items()),
            *(Route(path, self._show(page, same=False)) for path, page in _LIVE_PAGES.items()),
            *(
                Route(path, self._change(self._unless_read_only(action)), methods=["POST"])
                for path, action in ACTIONS.items()
            ),
            Route(
                "/objects/{bucket}/{key:path}",
                self._change(self._unless_read_only(objects.write)),
                methods=["PUT"],
            ),
        ]
        application = Starlette(
            routes=routes,
            exception_handlers={
                HTTPException: self._refused,
                ApiError: self._refused,
            },
        )
        self._application: ASGIApp = GZipMiddleware(application, minimum_size=1024, compresslevel=5)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope)

        async def send_guarded(message: Any) -> None:
            if message["type"] == "http.response.start":
                added = {**guards.HEADERS}
                there = {name.lower() for name, _ in message["headers"]}
                if b"cache-control" not in there:
                    added["Cache-Control"] = "no-store"
                message["headers"] = [
                    *message["headers"],
                    *((name.encode(), value.encode()) for name, value in added.items()),
                ]
            await send(message)

        if not self._guard.knows_host(request):
            text = "This name is not served here. Use an address, or localhost.\n"
            await PlainTextResponse(text, 400)(scope, receive, send_guarded)
            return
        try:
            await self._application(scope, receive, send_guarded)
        except ClientDisconnect:
            return

    def _show(self, page: Page, *, same: bool) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint of a page.

        Args:
            page: Makes it.
            same: Whether it changes with the database alone.
        """

        async def answer(request: Request) -> Response:
            session = self._guard.session(request)
            if session is None:
                return _stranger(request)
            tag = self._tag(request, session) if same else ""
            if tag and request.headers.get("if-none-match") == tag:
                return Response(status_code=304, headers={"ETag": tag})
            response = await run_in_threadpool(page, View(request, self._console, session))
            if tag and response.status_code == 200:
                response.headers["ETag"] = tag
                response.headers["Cache-Control"] = "private, no-cache"
            return response

        return answer

    def _tag(self, request: Request, session: Session) -> str:
        """Return what stands for the page's content; "" if it is for this once."""
        console = self._console
        if console.has_news(session.name):
            return ""
        parts = console.parts
        view = View(request, console, session)
        moment = int(time.monotonic() / _SAME_SECONDS)
        shown = (console.boot, parts.database.version, moment, view.language, view.theme)
        sees = session.caller.view
        return f'W/"{"-".join(map(str, (*shown, *sees)))}-{session.token[:8]}"'

    def _change(self, action: Action) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint of an action: only our own pages can ask for it."""

        async def answer(request: Request) -> Response:
            session = self._guard.session(request)
            if session is None:
                raise HTTPException(401)
            token = request.headers.get(guards.TOKEN_HEADER, "")
            body: dict[str, list[str]] = {}
            if not token:
                body = await _form(request)
                token = body.get("token", [""])[-1]
            if not self._guard.may_change(request, session, token):
                raise HTTPException(403, "This was not asked for by a page of this console.")
            return await action(View(request, self._console, session, body))

        return answer

    def _unless_read_only(self, action: Action) -> Action:
        async def answer(view: View) -> Response:
            if self._console.parts.read_only:
                raise HTTPException(403, "This console is read-only.")
            if view.caller.role is Role.READ:
                target = {"Path": view.request.url.path}
                view.console.parts.service.note(view.caller, "console", target, code="Forbidden")
                raise HTTPException(403, "The access key may read only.")
            return await action(view)

        return answer

    async def _sign_in(self, request: Request) -> Response:
        cookie = self._sessions.begin(request.query_params.get("token", ""))
        to = guards.own_path(request.query_params.get("to", "/"))
        if cookie is None and self._guard.session(request) is None:
            return render_plain(request, "stranger.html", 403, used=True)
        # A page of our own that goes on: a browser would keep a strict cookie back from a
        # redirection that began at another site.
        response = render_plain(request, "onward.html", 200, to=to)
        if cookie is not None:
            self._guard.sign_in(response, cookie, SESSION_SECONDS)
        return response

    async def _sign_out(self, view: View) -> Response:
        self._sessions.end(view.session)
        response = RedirectResponse("/", 303)
        self._guard.sign_out(response)
        return response

    async def _refused(self, request: Request, error: Exception) -> Response:
        status, text = 500, ""
        if isinstance(error, ApiError):
            status, text = error.status, error.message
        elif isinstance(error, HTTPException):
            status, text = error.status_code, error.detail
        session = self._guard.session(request)
        if session is None:
            return _stranger(request)
        if not request.url.path.endswith(("/cells", "/log")):
            view = View(request, self._console, session)
            return await run_in_threadpool(
                view.render, "error.html", status=status, code=status, text=text
            )
        return PlainTextResponse(text, status)


async def _form(request: Request) -> dict[str, list[str]]:
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > _MOST_FORM:
            raise HTTPException(413, "This form is too large.")
    try:
        return parse_qs(content.decode(), keep_blank_values=True, max_num_fields=20_000)
    except ValueError:
        raise HTTPException(400, "This form cannot be read.") from None


async def _home(request: Request) -> Response:
    return RedirectResponse("/jobs", 307)


async def _file(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _FILES:
        raise HTTPException(404)
    return FileResponse(
        _STATIC / name, media_type=_FILES[name], headers={"Cache-Control": "no-cache"}
    )


def _stranger(request: Request) -> Response:
    if guards.came_from_elsewhere(request):
        query = request.url.query
        here = request.url.path + (f"?{query}" if query else "")
        return render_plain(request, "onward.html", 200, to=guards.own_path(here))
    return render_plain(request, "stranger.html", 401, used=False)


async def _prefer(view: View) -> Response:
    response = RedirectResponse(guards.own_path(view.field("back", "/")), 303)
    language, theme = view.field("language"), view.field("theme")
    year = 365 * 24 * 3600
    if language in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=year, samesite="strict")
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=year, samesite="strict")
    elif theme == "auto":
        response.delete_cookie(THEME_COOKIE, samesite="strict")
    return response
