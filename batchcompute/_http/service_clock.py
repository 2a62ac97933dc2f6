"""Date requests by the service's clock."""

from __future__ import annotations

import time

#: Seconds by which a correction must change a date for a refused request to be repeated: a service
#: allows for many minutes, and a response may have been on its way for some seconds.
_LEAST_CORRECTION = 60.0


class ServiceClock:
    """The clock that requests are dated by: this machine's, until the service rejects its time.

    Attributes:
        offset: Seconds by which the service's clock is ahead of this machine's.
    """

    __slots__ = ("offset",)

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        """Return the seconds since 1970 by the service's clock."""
        return time.time() + self.offset

    def correct(self, skew: float | None) -> bool:
        """Adopt the difference between the two clocks.

        Args:
            skew: Seconds by which it is ahead of this machine; None if it did not say.

        Returns:
            Whether dates differ now from those before.
        """
        if skew is None or abs(skew - self.offset) < _LEAST_CORRECTION:
            return False
        self.offset = skew
        return True
