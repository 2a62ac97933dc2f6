"""Receiving request bodies, no more of them than is allowed."""

from __future__ import annotations

import zlib

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from batchcompute.server.model.errors import ApiError

#: Bytes of a body, uncompressed.
MAX_BODY = 256 * 1024

#: Bytes of an overlong body that are read and thrown away, so that the sender gets to read our
#: answer instead of seeing its connection reset.
MAX_DRAINED = 16 * 1024 * 1024


async def receive_body(receive: Receive, *, limit: int = MAX_BODY) -> bytes:
    """Read a body, whether its length was announced or it comes in chunks.

    Args:
        receive: The connection.
        limit: Bytes that are kept.

    Returns:
        The body, or its first `limit` + 1 bytes, which `check_size` refuses.

    Raises:
        ClientDisconnect: The client left in the middle of it.
    """
    kept = bytearray()
    seen = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece: bytes = message.get("body", b"")
        seen += len(piece)
        kept += piece[: limit + 1 - len(kept)]
        if not message.get("more_body", False) or seen > MAX_DRAINED:
            return bytes(kept)


def check_size(body: bytes, *, limit: int = MAX_BODY) -> None:
    """Refuse a body that is too large.

    Raises:
        ApiError: It is.
    """
    if len(body) > limit:
        text = f"Specified parameter HttpBody is not valid. Its size must be in [0, {limit}]."
        raise ApiError(400, "InvalidHttpBody", text)


def decompress(body: bytes, method: bytes, *, limit: int = MAX_BODY) -> bytes:
    """Undo the compression that `x-acs-compress-type` names.

    Args:
        body: The body as it was sent.
        method: Value of the header, empty for none.
        limit: Bytes of the result, beyond which nothing is unpacked.

    Returns:
        The body, or its first `limit` + 1 bytes.

    Raises:
        ApiError: The method is unknown, or the body is not compressed that way.
    """
    if not method:
        return body
    if method.lower() != b"deflate":
        text = "Specified parameter x-acs-compress-type is not valid. It must be deflate."
        raise ApiError(400, "InvalidCompressType", text)
    try:
        return zlib.decompressobj().decompress(body, limit + 1)
    except zlib.error:
        text = "Specified parameter HttpBody is not valid. It is not compressed by deflate."
        raise ApiError(400, "InvalidHttpBody", text) from None
