"""How much is done: attempts that ended, second by second, for the last minute."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable
from typing import Final

from batchcompute.server.scheduler.job_waiters import JobEnded
from batchcompute.server.scheduler.observer import AttemptSummary

_SECONDS: Final = 60


class Rates:
    """Counts in the scheduler's thread; anybody reads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Begin at zero.

        Args:
            now: Returns seconds that only grow.
        """
        self._now = now
        self._seconds: deque[tuple[int, Counter[str]]] = deque(maxlen=_SECONDS + 1)

    def committed(
        self, *, items: int, dispatched: int, apply_seconds: float, commit_seconds: float
    ) -> None:
        """Count nothing: commits are ours, and not what people wait for."""

    def attempt_ended(self, summary: AttemptSummary) -> None:
        """Count an attempt that is over."""
        second = int(self._now())
        if not self._seconds or self._seconds[-1][0] != second:
            self._seconds.append((second, Counter()))
        self._seconds[-1][1][summary.result] += 1

    def job_ended(self, ended: JobEnded) -> None:
        """Count nothing."""

    def last_minute(self) -> dict[str, int]:
        """Return how many attempts ended in the last minute, by how they ended."""
        since = self._now() - _SECONDS
        total: Counter[str] = Counter()
        for second, counts in tuple(self._seconds):
            if second >= since:
                total.update(counts)
        return dict(total)
