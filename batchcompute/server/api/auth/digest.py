"""Compare the body of a request with the digest that came with it."""

from __future__ import annotations

import base64
import hashlib

from batchcompute.server.api.request import SignedRequest
from batchcompute.server.model.errors import invalid


def check_digest(request: SignedRequest) -> None:
    """Refuse a body that is not the one which its sender wrote.

    `Content-MD5` is signed, so it says what the sender meant. The API's documentation writes it in
    hexadecimal digits of either case, the Java library in base64; the others send none.

    Args:
        request: A request whose signature is right.

    Raises:
        ApiError: The body has another digest.
    """
    claimed = request.header(b"content-md5")
    if not claimed:
        return
    # Not for security: whoever can change the body cannot make the signature of another digest.
    digest = hashlib.md5(request.body, usedforsecurity=False)
    if claimed.lower() != digest.hexdigest().encode() and claimed != base64.b64encode(
        digest.digest()
    ):
        detail = (
            "It must be the MD5 of the body as it was sent, in hexadecimal digits or in base64; "
            "the body may have been changed on its way."
        )
        raise invalid("ContentMD5", detail, "Content-MD5")
