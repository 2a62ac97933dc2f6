"""Times as the protocol writes them."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime


def iso(seconds: float) -> str:
    """Return a time as in XML documents: `2026-01-01T00:00:00.000Z`.

    Whole seconds with a fraction of zeros: the vendor's clients read nothing else.
    """
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def http_date(seconds: float) -> str:
    """Return a time as in headers: `Thu, 01 Jan 2026 00:00:00 GMT`."""
    return formatdate(seconds, usegmt=True)


def parse_http_date(text: str) -> float | None:
    """Return the seconds since the epoch of a header's time, or None if it is not one."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
