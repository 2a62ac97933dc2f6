"""Moments and durations as people read them: relative and local; ISO 8601 in UTC for programs."""

from __future__ import annotations

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """Return a moment in UTC, in ISO 8601.

    Args:
        moment: The moment; without a time zone it is local time.
    """
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def local(moment: datetime | None) -> str:
    """Return a moment in local time to the second; "" for None.

    Args:
        moment: The moment, with its time zone.
    """
    return "" if moment is None else moment.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def duration(seconds: float, units: int = 2) -> str:
    """Return a duration in its largest units, such as `2 h 5 min`.

    Args:
        seconds: The duration; less than none counts as none.
        units: How many units at the most.
    """
    left = max(0, int(seconds))
    parts: list[str] = []
    for size, name in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        number, left = divmod(left, size)
        if number:
            parts.append(f"{number} {name}")
        elif parts:
            break
    return " ".join(parts[:units]) or "0 s"


def ago(moment: datetime | None, now: datetime) -> str:
    """Return how long a moment is past, such as `3 min ago`; "" for None.

    Args:
        moment: The moment, with its time zone.
        now: The present, with its time zone.
    """
    if moment is None:
        return ""
    seconds = (now - moment).total_seconds()
    return "just now" if seconds < 1 else f"{duration(seconds, 1)} ago"


def elapsed(start: datetime | None, end: datetime | None, now: datetime) -> str:
    """Return how long something took, or has taken until now; "" before it began.

    Args:
        start: When it began.
        end: When it ended; None if it goes on.
        now: The present, with its time zone.
    """
    if start is None:
        return ""
    return duration(((end or now) - start).total_seconds())
