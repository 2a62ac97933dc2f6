"""Limit a wait and the requests within it to the remaining time."""

from __future__ import annotations

from collections.abc import Callable

#: The shortest round of polling, in seconds: a wait with no time left still polls once.
_SHORTEST_ROUND = 1.0


class Deadline:
    """The deadline of a wait, and of each round of polling within it.

    Args:
        timeout: Seconds from now, or None for never.
        clock: Monotonic seconds.
    """

    def __init__(self, timeout: float | None, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = None if timeout is None else clock() + timeout
        self._round_end = self._end

    def left(self) -> float | None:
        """Return the remaining seconds, 0 or less at the end; None without a deadline."""
        return None if self._end is None else self._end - self._clock()

    def begin_round(self) -> None:
        """Begin a round of polling: it ends at the deadline, but has at least a second."""
        if self._end is not None:
            self._round_end = max(self._end, self._clock() + _SHORTEST_ROUND)

    def is_round_over(self) -> bool:
        """Return whether this round has no time for another request."""
        left = self.for_request()
        return left is not None and left <= 0

    def for_request(self) -> float | None:
        """Return the seconds that a request of this round may take.

        Returns:
            0 or less if the round is over; None without a limit.
        """
        return None if self._round_end is None else self._round_end - self._clock()
