"""Watching the memory of a program where no cgroup limits it."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import Final

from batchcompute.server.executors.attempt import processes

#: How fast a program may take memory, in bytes per second: the less is left, the sooner it is
#: looked at again.
_FASTEST: Final = 8 << 30
_SOONEST_SECONDS: Final = 0.02
_LATEST_SECONDS: Final = 1.0
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_PSS = (b"Pss:", b"SwapPss:")


class MemoryWatch:
    """Looks at how much memory the processes below this one have, from time to time.

    Memory that several processes share counts once, as each of them is counted for its part of it.
    """

    def __init__(self, limit: int, now: float) -> None:
        """Begin to watch.

        Args:
            limit: What they may have together, in bytes.
            now: The time, in seconds of the monotonic clock.
        """
        self._limit = limit
        #: When it is to be looked at again, in seconds of the monotonic clock.
        self.due = now + _SOONEST_SECONDS
        #: What they had at the most when they were looked at, in bytes.
        self.peak = 0

    def tick(self, now: float, spared: Collection[int]) -> bool:
        """Look, if it is due; return True if they have more than they may.

        Args:
            now: The time, in seconds of the monotonic clock.
            spared: Children of this process that are not meant.
        """
        if now < self.due:
            return False
        used = _used(self._limit, spared)
        self.peak = max(self.peak, used)
        left = max(0, self._limit - used)
        self.due = now + min(max(left / _FASTEST, _SOONEST_SECONDS), _LATEST_SECONDS)
        return used > self._limit


def _used(limit: int, spared: Collection[int]) -> int:
    """Return how much memory the processes below this one have, in bytes.

    What is quick to find is too much where memory is shared, so the exact number is only looked for
    if that is above the limit.
    """
    found = processes.descendants(spared)
    quick = sum(map(_resident, found))
    return quick if quick <= limit else sum(map(_proportional, found))


def _resident(process: int) -> int:
    resident, _ = _pages(process)
    return resident * _PAGE


def _proportional(process: int) -> int:
    try:
        with open(f"/proc/{process}/smaps_rollup", "rb") as file:
            lines = [line.split() for line in file]
    except OSError:
        return _own(process)
    return sum(int(line[1]) << 10 for line in lines if line[0] in _PSS)


def _own(process: int) -> int:
    """Return the memory of a process without what it may share with others."""
    resident, shared = _pages(process)
    return (resident - shared) * _PAGE


def _pages(process: int) -> tuple[int, int]:
    """Return the pages of a process, and those of them that it may share; 0 if it is gone."""
    try:
        with open(f"/proc/{process}/statm", "rb") as file:
            _, resident, shared, *_ = file.read().split()
    except (OSError, ValueError):
        return 0, 0
    return int(resident), int(shared)
