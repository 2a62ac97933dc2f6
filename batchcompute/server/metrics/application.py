"""The pages for whoever looks after the service: `/metrics`, `/health` and `/ready`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from batchcompute.server.api.hosts import HostCheck

_Page: TypeAlias = Callable[[Request], Awaitable[Response]]


def make_application(
    registry: CollectorRegistry, trouble: Callable[[], str], hosts: HostCheck | None
) -> Starlette:
    """Return the ASGI application.

    Args:
        registry: What a scrape reads.
        trouble: Returns why nothing can be recorded or started at the moment, or "".
        hosts: Under which names it may be asked; None for any.
    """

    async def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        # It reads the database, and may take a moment.
        content = await run_in_threadpool(encode, registry)
        return Response(content, headers={"content-type": content_type})

    async def health(request: Request) -> Response:
        del request
        return JSONResponse({"Status": "ok"})

    async def ready(request: Request) -> Response:
        del request
        if why := trouble():
            return JSONResponse({"Status": "not ready", "Reason": why}, status_code=503)
        return JSONResponse({"Status": "ready"})

    def guarded(page: _Page) -> _Page:
        async def answer(request: Request) -> Response:
            if hosts is not None and not hosts.allows(request.headers.get("host", "").encode()):
                return PlainTextResponse("unknown host\n", status_code=403)
            return await page(request)

        return answer

    pages: dict[str, _Page] = {"/metrics": metrics, "/health": health, "/ready": ready}
    return Starlette(routes=[Route(path, guarded(page)) for path, page in pages.items()])
