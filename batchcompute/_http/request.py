"""Represent a request before and after it is signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from batchcompute._http.response import Response

R = TypeVar("R")


class PreparedRequest(Generic[R]):
    """A request before it is signed, and how its response is decoded.

    Args:
        operation: The operation's name in the specification.
        request: Arguments of the generated endpoint: method, url, params, json.
        read: Makes the result from a 2xx response.
        paging: Of a list, the parameters for the marker and the size of a page.
    """

    __slots__ = ("_paging", "operation", "read", "request")

    def __init__(
        self,
        operation: str,
        request: Mapping[str, Any],
        read: Callable[[Response], R],
        paging: tuple[str, str] = ("Marker", "MaxItemCount"),
    ) -> None:
        self._paging = paging
        self.operation = operation
        self.request = request
        self.read = read

    @property
    def params(self) -> Mapping[str, Any]:
        """Return the query parameters."""
        params: Mapping[str, Any] | None = self.request.get("params")
        return params or {}

    @property
    def marker(self) -> str:
        """Return the marker of the requested page; "" for the first, or if it is not a list."""
        return str(self.params.get(self._paging[0]) or "")

    @property
    def wants_no_items(self) -> bool:
        """Return whether a page of no items is requested; the next one begins where it does."""
        return str(self.params.get(self._paging[1])) == "0"

    def at(self, marker: str) -> PreparedRequest[R]:
        """Return the request of another page of the same list.

        The page behind one of no items is as long as the service makes it, or the list would never
        end.
        """
        marker_name, size_name = self._paging
        params = {**self.params, marker_name: marker}
        if self.wants_no_items:
            del params[size_name]
        request = {**self.request, "params": params}
        return PreparedRequest(self.operation, request, self.read, self._paging)


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request exactly as it is sent, by whatever library.

    Attributes:
        method: HTTP method, in upper case.
        origin: Scheme, host and port.
        target: Path and query, in the form that the signature covers.
        headers: All of them, with lower-case names; its text form leaves them out.
        body: The body's bytes.
        timeouts: Seconds per phase: `connect`, `read`, `write` and `pool`; None disables one.
    """

    method: str
    origin: str
    target: str
    headers: list[tuple[bytes, bytes]] = field(repr=False)
    body: bytes = field(repr=False)
    timeouts: Mapping[str, float | None]

    @property
    def authorization(self) -> str:
        """Return the Authorization header: the signature and the id of the access key."""
        return next(value for name, value in self.headers if name == b"authorization").decode()
