"""How a reply is sent, and an error made into one."""

from __future__ import annotations

import base64
import os

from anyio import to_thread
from starlette.requests import ClientDisconnect
from starlette.types import Send

from batchcompute.server.object_api.errors import OssError
from batchcompute.server.object_api.reply import FileRange, Reply
from batchcompute.server.object_api.xml import document, element

#: Bytes that are read and sent at a time.
_STEP = 1024 * 1024


def error_reply(error: OssError, identity: str, host: str, method: str) -> Reply:
    """Return the answer that tells of an error.

    Args:
        error: What is wrong.
        identity: Id of the request.
        host: The host that was asked.
        method: HTTP method of the request; an answer to HEAD has the error in its headers.
    """
    body = document(
        element(
            "Error",
            element("Code", error.code),
            element("Message", error.message),
            element("RequestId", identity),
            element("HostId", host),
            [element(name, value) for name, value in error.details.items()],
            element("EC", error.ec),
        )
    )
    headers = {"content-type": "application/xml", "x-oss-ec": error.ec, **error.headers}
    if method == "HEAD":
        headers["x-oss-err"] = base64.b64encode(body).decode()
    if error.status == 304:
        return Reply(304, headers)
    return Reply(error.status, headers, body)


def close(reply: Reply) -> None:
    """Close what a reply holds open."""
    if isinstance(reply.body, FileRange):
        os.close(reply.body.descriptor)


async def send_reply(send: Send, reply: Reply, identity: str, *, head: bool) -> None:
    """Send a reply, and close what it holds open.

    Args:
        send: How the server takes it.
        reply: The reply.
        identity: Id of the request.
        head: Leave the content out, as the request was a HEAD.

    Raises:
        ClientDisconnect: The content cannot be sent to its end.
    """
    headers = {"server": "AliyunOSS", "x-oss-request-id": identity, **reply.headers}
    body = reply.body
    if isinstance(body, bytes) and reply.status not in (204, 304):
        headers.setdefault("content-length", str(len(body)))
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    try:
        await send({"type": "http.response.start", "status": reply.status, "headers": encoded})
        if isinstance(body, bytes):
            await send({"type": "http.response.body", "body": b"" if head else body})
            return
        position, left = body.start, body.length
        while left:
            data = await to_thread.run_sync(os.pread, body.descriptor, min(left, _STEP), position)
            if not data:
                # It became shorter while it was sent; the connection ends, and the caller sees it.
                raise ClientDisconnect
            position += len(data)
            left -= len(data)
            await send({"type": "http.response.body", "body": data, "more_body": left > 0})
    finally:
        close(reply)
