"""Moments of statuses with their time zone, and how much time lies between two of them.

The attributes with the names of the API are naive local times, as programs have always had them.
Their difference is that of the clock on the wall, which daylight saving sets back and forth.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any


class Created:
    """When a resource was created."""

    __slots__: tuple[str, ...] = ()

    if TYPE_CHECKING:
        CreationTime: Any

    @property
    def created_at(self) -> datetime | None:
        """`CreationTime` in UTC, with its time zone."""
        return _aware(self.CreationTime)


class Updated:
    """When a resource was changed."""

    __slots__: tuple[str, ...] = ()

    if TYPE_CHECKING:
        UpdateTime: Any

    @property
    def updated_at(self) -> datetime | None:
        """`UpdateTime` in UTC, with its time zone."""
        return _aware(self.UpdateTime)


class Timed:
    """When something started and ended."""

    __slots__: tuple[str, ...] = ()

    if TYPE_CHECKING:
        StartTime: Any
        EndTime: Any

    @property
    def started_at(self) -> datetime | None:
        """`StartTime` in UTC, with its time zone; None before the start."""
        return _aware(self.StartTime)

    @property
    def ended_at(self) -> datetime | None:
        """`EndTime` in UTC, with its time zone; None before the end."""
        return _aware(self.EndTime)

    @property
    def duration(self) -> timedelta | None:
        """The time from start to end, also across a change of the clocks; None before the end."""
        start, end = self.started_at, self.ended_at
        return None if start is None or end is None else end - start


def _aware(moment: object) -> datetime | None:
    """Return a local time in UTC; None for a text that was no time."""
    return moment.astimezone(UTC) if isinstance(moment, datetime) else None
