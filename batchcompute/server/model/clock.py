"""Time as the service keeps it: whole microseconds since the epoch, UTC.

Integers, because the wire shows exactly six digits of a second and a float would round them.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol


class Clock(Protocol):
    """Where the service reads the time; tests bring their own."""

    def now(self) -> int:
        """Return microseconds since the epoch, UTC."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> int:
        """Return microseconds since the epoch, UTC."""
        return time.time_ns() // 1000


def from_seconds(seconds: float) -> int:
    """Turn seconds since the epoch into microseconds."""
    return round(seconds * 1_000_000)


def to_wire(moment: int | None) -> str:
    """Write a moment as the API shows it; a moment that has not come is the empty string."""
    if moment is None:
        return ""
    seconds, micros = divmod(moment, 1_000_000)
    return f"{_second(seconds)}.{micros:06d}Z"


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    # Objects of one page share most of their seconds; formatting is dearer than looking up.
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
