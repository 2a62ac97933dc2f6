"""Read the dates of signed requests, whatever language the machine is set to."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.ASCII)


@lru_cache(maxsize=1024)
def parse_http_date(value: bytes) -> int | None:
    """Read `Wed, 11 Nov 2015 10:00:57 GMT`.

    Args:
        value: Value of a header.

    Returns:
        Seconds since the epoch; None if it is not such a date.
    """
    try:
        weekday, day, month, year, clock, zone = value.decode("ascii").split(" ")
        hour, minute, second = clock.split(":")
        if not weekday.endswith(",") or zone != "GMT":
            return None
        number = _MONTHS.index(month) + 1
        moment = datetime(
            int(year), number, int(day), int(hour), int(minute), int(second), tzinfo=UTC
        )
    except ValueError:
        return None
    return int(moment.timestamp())


@lru_cache(maxsize=1024)
def parse_iso_date(value: bytes) -> int | None:
    """Read `2023-10-26T10:22:32Z`, also with fractions of a second, which do not count.

    Args:
        value: Value of a header.

    Returns:
        Seconds since the epoch; None if it is not such a date.
    """
    text = value.decode("latin-1")
    if not _ISO.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int(moment.timestamp())
