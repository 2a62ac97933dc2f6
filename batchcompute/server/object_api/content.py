"""The content of a request: how it is received, and whether it is what its sender says it is."""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
from collections.abc import Callable

from anyio import to_thread
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from batchcompute.server.object_api.errors import OssError
from batchcompute.server.object_api.request import OssRequest
from batchcompute.server.objects.staged import StagedFile

#: Bytes of a request that is a document at the most.
_MOST_DOCUMENT = 8 * 1024 * 1024
#: Bytes that are written at a time.
_STEP = 1024 * 1024
#: Bytes of an unwanted content that are received before the refusal is sent, as most clients only
#: look for an answer when they have sent all of it.
_MOST_DRAINED = 256 * 1024 * 1024


class Content:
    """The content of a request, received as it is wanted."""

    def __init__(self, receive: Receive) -> None:
        """Receive nothing yet.

        Args:
            receive: How the server hands it on.
        """
        self._receive = receive
        self._over = False

    async def next(self) -> bytes | None:
        """Return the next bytes, or None at the end.

        Raises:
            ClientDisconnect: The caller is gone.
        """
        if self._over:
            return None
        message = await self._receive()
        if message["type"] != "http.request":
            self._over = True
            raise ClientDisconnect
        self._over = not message.get("more_body", False)
        data: bytes = message.get("body", b"")
        return data

    async def piece(self) -> bytearray:
        """Return some of it, as much as is written at a time; nothing at the end.

        Raises:
            ClientDisconnect: The caller is gone.
        """
        buffer = bytearray()
        while len(buffer) < _STEP and (data := await self.next()) is not None:
            buffer += data
        return buffer

    async def whole(self) -> bytes | bytearray:
        """Return all of it."""
        first = await self.next()
        if self._over:
            return first or b""
        body = bytearray(first or b"")
        while (data := await self.next()) is not None:
            body += data
        return body

    async def document(self) -> bytes:
        """Return all of it, if it is no longer than a document may be.

        Raises:
            OssError: It is longer.
        """
        body = bytearray()
        while (data := await self.next()) is not None:
            body += data
            if len(body) > _MOST_DOCUMENT:
                text = "Your request is too big."
                raise OssError(400, "EntityTooLarge", text, "0027-00000001")
        return bytes(body)

    async def drain(self) -> None:
        """Receive the rest of it, within reason."""
        left = _MOST_DRAINED
        while left > 0 and (data := await self.next()) is not None:
            left -= len(data)


async def write_content(
    content: Content, staged: StagedFile, count: Callable[[int], None] | None
) -> None:
    """Write a content, each piece of it while the next one comes.

    Args:
        content: The content.
        staged: Where it goes.
        count: Called with the length of each piece, to refuse it; None if all of it is counted.

    Raises:
        ClientDisconnect: The caller is gone.
        OSError: The disk does not take it.
        OssError: It was refused.
    """

    def write(piece: bytearray) -> None:
        if count is not None:
            count(len(piece))
        staged.write(piece)

    writing: asyncio.Future[None] | None = None
    try:
        while piece := await content.piece():
            if writing is not None:
                await writing
            writing = asyncio.ensure_future(to_thread.run_sync(write, piece))
    finally:
        if writing is not None:
            await writing


def length_of(request: OssRequest) -> int | None:
    """Return how long the content is said to be; None if that is not said."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else None


def check_md5(request: OssRequest, found: Callable[[], bytes]) -> None:
    """Compare a content with the MD5 that its sender says it has, if one is said.

    Args:
        request: The request.
        found: Returns the MD5 of what was received.

    Raises:
        OssError: It is another one, or none.
    """
    said = request.headers.get("content-md5", "")
    if not said:
        return
    try:
        digest = base64.b64decode(said, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 16:
        message = "The Content-MD5 you specified is not the base64 of an MD5."
        raise OssError(400, "InvalidDigest", message, "0017-00000015", {"Content-MD5": said})
    if digest != found():
        raise OssError(
            400,
            "InvalidDigest",
            "The Content-MD5 you specified did not match what we received.",
            "0017-00000016",
            {"ClientDigest": said, "OSSDigest": base64.b64encode(found()).decode()},
        )


def md5_of(body: bytes) -> bytes:
    """Return the MD5 of a content."""
    return hashlib.md5(body, usedforsecurity=False).digest()
