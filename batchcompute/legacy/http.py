"""Old import path of the HTTP classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

__all__ = [
    "RequestClient",
    "ResponseWrapper",
]


class ResponseWrapper:
    """The result of `Api`: a response as it was received.

    Args:
        status: HTTP status code.
        headers: The response's headers.
        body: The response's body.
    """

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    def read(self) -> bytes:
        """Return the body; as often as you like."""
        return self.body

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """Return a header, whatever the case of its name, or the default."""
        wanted = name.lower()
        found = (value for key, value in self.headers.items() if key.lower() == wanted)
        return next(found, default)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(status={self.status}, {len(self.body)} bytes)"


class RequestClient:
    """Gone: connections are pooled inside `Client`, and nothing sends unsigned requests any more.

    Raises:
        NotImplementedError: Always; it names what to use instead.
    """

    def __init__(self, *_arguments: Any, **_options: Any) -> NoReturn:
        raise NotImplementedError(
            "RequestClient is gone: use batchcompute.Client, batchcompute.core.Api for a request "
            "by path, or httpx.Client for a server that needs no signature"
        )
