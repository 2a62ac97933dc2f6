"""Times as the service writes them, and as programs have always received them.

The wire has UTC text. Programs get naive `datetime` objects in local time: they subtract them,
format them, hand them to `time.mktime`. Each is converted with the zone rules of its own instant.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

#: Numbers from here on are milliseconds; as seconds they would lie beyond the year 5000.
_MILLISECONDS: Final = 100_000_000_000
#: A float of fewer seconds than this keeps every microsecond through rounding (until 2106).
_EXACT: Final = 2**32


def parse_time(value: object) -> object:
    """Turn a time of an answer into a naive local `datetime`.

    Args:
        value: ISO 8601 text in UTC or with an offset, with or without a fraction; text without any
            zone is taken as local time, as `dump` writes it; a number, or nothing but digits, is
            seconds or milliseconds since the epoch.

    Returns:
        The `datetime`; None for an empty text; the value itself if it is no time at all, so that
        nothing that the service said is lost.
    """
    if isinstance(value, str):
        if not value:
            return None
        # fromisoformat would read some long numbers as a compact date and time.
        if value.isdecimal() and value.isascii() and len(value) >= 9:
            return parse_time(int(value)) if len(value) < 15 else value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        if moment.tzinfo is None:
            return moment
        seconds = moment.timestamp()
        if abs(seconds) < _EXACT:
            return _from_epoch(seconds) or value
        local = _from_epoch(int(moment.replace(microsecond=0).timestamp()))
        return value if local is None else local.replace(microsecond=moment.microsecond)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value if abs(value) < _MILLISECONDS else value / 1000) or value
    return value


def _from_epoch(seconds: float) -> datetime | None:
    """Return the local time (with `fold` set in the hour that clocks repeat), or None."""
    try:
        return datetime.fromtimestamp(seconds)
    except (OverflowError, OSError, ValueError):
        return None


def format_time(moment: datetime) -> str:
    """Write a time as `YYYY-MM-DD HH:MM:SS[.ffffff]`, the form of every `dump`."""
    return str(moment)
