"""Whether the system has killed processes because memory ran out."""

from __future__ import annotations

from pathlib import Path

_COUNTERS = Path("/proc/vmstat")
_NAME = b"oom_kill"


def count_kills() -> int | None:
    """Return how many processes the system has killed since it started, for want of memory.

    Returns:
        The number; None where the system does not count them.
    """
    try:
        for line in _COUNTERS.read_bytes().splitlines():
            name, _, value = line.partition(b" ")
            if name == _NAME:
                return int(value)
    except (OSError, ValueError):
        pass
    return None


def has_killed_since(before: int | None) -> bool:
    """Say whether a process was killed for want of memory.

    Args:
        before: What `count_kills` returned before; None if that was not asked or is not known.
    """
    now = count_kills() if before is not None else None
    return before is not None and now is not None and now > before
