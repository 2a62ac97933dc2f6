"""The end of a wait: no request within it lasts longer than the time that is left."""

from __future__ import annotations

from collections.abc import Callable

#: Seconds that a round of questions has at the least. Without them nothing could be learnt by a
#: wait without time, nor at the very end of one.
_SHORTEST_ROUND = 1.0


class Deadline:
    """When waiting ends, and how long what is done until then may take.

    Args:
        timeout: Seconds from now, or None for never.
        clock: Monotonic seconds.
    """

    def __init__(self, timeout: float | None, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._end = None if timeout is None else clock() + timeout
        self._round_end = self._end

    def left(self) -> float | None:
        """Return the seconds that are left, 0 or less at the end; None if there is no end."""
        return None if self._end is None else self._end - self._clock()

    def begin_round(self) -> None:
        """Begin a round of questions, which ends with the time, but not before a moment."""
        if self._end is not None:
            self._round_end = max(self._end, self._clock() + _SHORTEST_ROUND)

    def is_round_over(self) -> bool:
        """Return whether there is no time for another request of this round."""
        left = self.for_request()
        return left is not None and left <= 0

    def for_request(self) -> float | None:
        """Return the seconds that a request of this round may take.

        Returns:
            0 or less if the round is over; None if there is no limit.
        """
        return None if self._round_end is None else self._round_end - self._clock()
