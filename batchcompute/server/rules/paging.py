"""Pages of lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from batchcompute.server.model.errors import invalid

T = TypeVar("T")

_INTEGER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items, and where the next page begins.

    Attributes:
        items: The page's items.
        next_marker: Id of the first item of the next page, "" on the last one.
    """

    items: Sequence[T]
    next_marker: str | int

    def to_wire(self, show: Callable[[T], dict[str, Any]]) -> dict[str, Any]:
        """Show the page as the API does."""
        return {"NextMarker": self.next_marker, "Items": [show(item) for item in self.items]}


def cut(found: Sequence[T], size: int, marker_of: Callable[[T], str | int]) -> Page[T]:
    """Make a page of what was found.

    Args:
        found: Items, one more than the page's size if there are more.
        size: Items of a page.
        marker_of: What names an item in a marker.
    """
    more = len(found) > size
    return Page(found[:size], marker_of(found[size]) if more else "")


def read_instance_marker(marker: str) -> int:
    """Read the marker of a list of instances; an empty one is the beginning.

    Raises:
        ApiError: It is no number.
    """
    if not marker:
        return 0
    if not _INTEGER.fullmatch(marker):
        raise invalid("Marker", "Its type must be integer.")
    return int(marker)
