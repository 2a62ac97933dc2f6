"""The port of agents, as an ASGI application.

Thousands of agents wait for its answers at once, so there is nothing between the server and what
answers them: a framework would take as much of the processor and the memory again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from batchcompute.server.executors.network import protocol, reading
from batchcompute.server.executors.network.protocol import RefusedError, describe
from batchcompute.server.executors.network.sessions import Sessions
from batchcompute.server.executors.network.tokens import Bearer
from batchcompute.server.executors.network.told import read_body
from batchcompute.server.model.disconnects import while_connected

#: No request is longer, in bytes.
_LONGEST_BODY = 16 << 20

_FINE, _NOT_FOUND, _NO_SUCH_METHOD = 200, 404, 405
_CONTENT_TYPE = (b"content-type", b"application/json")

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

    handlers: dict[str, _Handler] = {
        protocol.HELLO: hello,
        protocol.JOIN: join,
        protocol.WORK: work,
        protocol.LEAVE: leave,
    }

    async def ask(scope: Scope, receive: Receive) -> tuple[int, dict[str, Any]]:
        path = scope["path"]
        handler = handlers.get(path)
        if handler is None:
            return _NOT_FOUND, {"error": "request", "message": "nothing is here"}
        if scope["method"] != "POST":
            return _NO_SUCH_METHOD, {"error": "request", "message": "the method is to be POST"}
        try:
            asked = handler(sessions.identify(_token(scope)), await _body(receive))
            # What is given to an agent that has left in the meantime would be lost for a lease.
            gives = path == protocol.JOIN
            return _FINE, await (while_connected(receive, asked) if gives else asked)
        except RefusedError as error:
            status = protocol.REFUSAL_STATUS[error.refusal]
            return status, {"error": error.refusal, "message": str(error)}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            status, body = await ask(scope, receive)
        except ClientDisconnect:
            return  # Nobody hears it.
        data = json.dumps(body, separators=(",", ":")).encode()
        headers = [_CONTENT_TYPE, (b"content-length", b"%d" % len(data))]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": data})

    if objects is None:
        return answer

    async def divide(scope: Scope, receive: Receive, send: Send) -> None:
        its_own = scope["type"] != "http" or scope["path"].startswith("/v1/")
        await (answer if its_own else objects)(scope, receive, send)

    return divide


def _token(scope: Scope) -> str:
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    for name, value in headers:
        if name == b"authorization":
            kind, _, token = value.decode("latin-1").partition(" ")
            return token if kind.lower() == "bearer" else ""
    return ""


async def _body(receive: Receive) -> dict[str, Any]:
    data = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        data += message.get("body", b"")
        more = message.get("more_body", False)
        if len(data) > _LONGEST_BODY:
            raise RefusedError("request", f"the body is longer than {_LONGEST_BODY} bytes")
    return read_body(data)
