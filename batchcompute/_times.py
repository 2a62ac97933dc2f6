"""Times as the service writes them, and as programs have always received them.

The wire has UTC text. Programs get naive `datetime` objects in local time: they subtract them,
format them, hand them to `time.mktime`. Each is converted with the zone rules of its own instant.
"""

from __future__ import annotations

from datetime import UTC, datetime


def parse_time(value: object) -> object:
    """Turn a time of an answer into a naive local `datetime`.

    Args:
        value: ISO 8601 text in UTC or with an offset, with or without a fraction; text without any
            zone is taken as local time, as `dump` writes it; a number is seconds since the epoch.

    Returns:
        The `datetime`; None for an empty text; the value itself if it is no time at all, so that
        nothing that the service said is lost.
    """
    if isinstance(value, str):
        if not value:
            return None
        # Ten digits are seconds; fromisoformat would read some of them as a compact date.
        if value.isdigit() and value.isascii() and 9 <= len(value) <= 11:
            return _from_epoch(int(value), value)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return value
        if moment.tzinfo is None:
            return moment
        try:
            return moment.astimezone().replace(tzinfo=None)
        except (OverflowError, OSError, ValueError):
            return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_epoch(value, value)
    return value


def _from_epoch(seconds: float, original: object) -> object:
    try:
        return datetime.fromtimestamp(seconds, UTC).astimezone().replace(tzinfo=None)
    except (OverflowError, OSError, ValueError):
        return original


def format_time(moment: datetime) -> str:
    """Write a time as `YYYY-MM-DD HH:MM:SS[.ffffff]`, the form of every `dump`."""
    return str(moment)
