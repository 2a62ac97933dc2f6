"""The port of agents, as an ASGI application."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from batchcompute.server.executors.network import protocol, reading
from batchcompute.server.executors.network.protocol import RefusedError, describe
from batchcompute.server.executors.network.sessions import Sessions
from batchcompute.server.executors.network.tokens import Bearer
from batchcompute.server.executors.network.told import read_body
from batchcompute.server.model.disconnects import while_connected

_logger = logging.getLogger("batchcompute.server.agents")

#: No request is longer, in bytes.
_LONGEST_BODY = 16 << 20

_Handler = Callable[[Bearer, dict[str, Any]], Coroutine[Any, Any, dict[str, Any]]]


def application(sessions: Sessions, objects: ASGIApp | None = None) -> ASGIApp:
    """Return the application that answers agents.

    Args:
        sessions: Answers them.
        objects: Answers what is asked for objects; None if nothing does. Buckets have longer names
            than what the paths of everything else begin with.
    """

    async def hello(bearer: Bearer, body: dict[str, Any]) -> dict[str, Any]:
        return describe(sessions.hello(bearer, reading.read_hello(body)))

    async def join(bearer: Bearer, body: dict[str, Any]) -> dict[str, Any]:
        # The rest of another release's message may have another form.
        sessions.check_release(reading.read_hello(body))
        return describe(await sessions.join(bearer, reading.read_join_request(body)))

    async def work(bearer: Bearer, body: dict[str, Any]) -> dict[str, Any]:
        return await sessions.work(bearer, body)

    async def leave(bearer: Bearer, body: dict[str, Any]) -> dict[str, Any]:
        sessions.leave(bearer, body)
        return {}

    def route(path: str, handler: _Handler, *, gives: bool = False) -> Route:
        # What is given to an agent that has left in the meantime would be lost for a lease.
        async def answer(request: Request) -> Response:
            try:
                bearer = sessions.identify(_token(request))
                work = handler(bearer, await _body(request))
                return _answer(
                    200, await (while_connected(request.receive, work) if gives else work)
                )
            except ClientDisconnect:
                return Response(status_code=400)  # Nobody hears it.
            except RefusedError as error:
                status = protocol.REFUSAL_STATUS[error.refusal]
                return _answer(status, {"error": error.refusal, "message": str(error)})

        return Route(path, answer, methods=["POST"])

    answers = Starlette(
        routes=[
            route(protocol.HELLO, hello),
            route(protocol.JOIN, join, gives=True),
            route(protocol.WORK, work),
            route(protocol.LEAVE, leave),
        ]
    )
    if objects is None:
        return answers

    async def divide(scope: Scope, receive: Receive, send: Send) -> None:
        its_own = scope["type"] != "http" or scope["path"].startswith("/v1/")
        await (answers if its_own else objects)(scope, receive, send)

    return divide


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token if kind.lower() == "bearer" else ""


async def _body(request: Request) -> dict[str, Any]:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > _LONGEST_BODY:
            raise RefusedError("request", f"the body is longer than {_LONGEST_BODY} bytes")
    return read_body(data)


def _answer(status: int, body: dict[str, Any]) -> Response:
    data = json.dumps(body, separators=(",", ":"))
    return Response(data, status_code=status, media_type="application/json")
