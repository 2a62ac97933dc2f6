"""Walk from page to page of a list, until there is no further marker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Protocol, TypeVar

from batchcompute.exceptions import ClientError


class Page(Protocol):
    """The part of a page that pagination needs."""

    NextMarker: str

    @property
    def StatusCode(self) -> int:
        """Return the HTTP status code."""
        ...

    @property
    def RequestId(self) -> str:
        """Return the service's id of the request."""
        ...


P = TypeVar("P", bound=Page)


class Markers:
    """The markers of one walk through a list; none may come twice, or the walk would never end.

    Args:
        operation: Name of the API operation that lists.
        first: Marker of the page that the walk begins with.
    """

    def __init__(self, operation: str, first: str) -> None:
        self._operation = operation
        self._seen: set[str] = {first} if first else set()

    def after(self, page: Page) -> str:
        """Return the marker of the page after this one; "" if it is the last.

        A page may be empty and not the last: only its marker tells.

        Raises:
            ClientError: The marker was there before; its code is `RepeatedMarker`.
        """
        marker = page.NextMarker
        if marker in self._seen:
            raise ClientError(
                page.StatusCode,
                "RepeatedMarker",
                page.RequestId or None,
                f"the service gave the marker {marker!r} twice, the list would never end",
                self._operation,
            )
        if marker:
            self._seen.add(marker)
        return marker


def walk(first: P, markers: Markers, fetch: Callable[[str], P]) -> Iterator[P]:
    """Yield a page and all that follow it; each is requested when it is wanted.

    Args:
        first: The page to begin with.
        markers: Those of this walk.
        fetch: Returns the page at a marker.

    Raises:
        ClientError: The service refused, or repeated a marker.
    """
    page = first
    while True:
        yield page
        marker = markers.after(page)
        if not marker:
            return
        page = fetch(marker)


async def walk_async(
    first: P, markers: Markers, fetch: Callable[[str], Awaitable[P]]
) -> AsyncIterator[P]:
    """Yield a page and all that follow it, like `walk`."""
    page = first
    while True:
        yield page
        marker = markers.after(page)
        if not marker:
            return
        page = await fetch(marker)
